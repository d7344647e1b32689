"""POST /v1/embeddings: a sample, to be replaced. `features.embeddings` switches it off."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from my_very_long_service_name_of_forty_chars.resources import Resources


class Texts(BaseModel):
    """What to embed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    texts: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1, max_length=2048)


class Embeddings(BaseModel):
    """A vector for each text, in order."""

    embeddings: list[list[float]]


def add_routes(routes: APIRouter, resources: Resources) -> None:
    """Add what this module answers to."""

    @routes.post("/embeddings")
    async def create_embeddings(body: Texts) -> Embeddings:
        llm = await resources.llm.get()
        return Embeddings(embeddings=await llm.embed(body.texts))
