"""What the service is compared with: its route and its call of the model, and nothing else."""

import os

import httpx2
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Question(BaseModel):
    question: str


class Answer(BaseModel):
    answer: str


app = FastAPI()
client = httpx2.AsyncClient(base_url=os.environ["UPSTREAM"])


@app.post("/v1/answers")
async def create_answer(body: Question) -> Answer:
    messages = [{"role": "user", "content": body.question}]
    response = await client.post("chat/completions", json={"model": "m", "messages": messages})
    return Answer(answer=response.json()["choices"][0]["message"]["content"])


@app.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False, log_level="warning")
