"""POST /v1/answers: a sample, to be replaced."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from my_very_long_service_name_of_forty_chars import answers
from my_very_long_service_name_of_forty_chars.config import Limits
from my_very_long_service_name_of_forty_chars.errors import ValidationError
from my_very_long_service_name_of_forty_chars.resources import Resources


class Question(BaseModel):
    """What to answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(min_length=1)


class Answer(BaseModel):
    """The answer."""

    answer: str


def add_routes(routes: APIRouter, resources: Resources, limits: Limits) -> None:
    """Add what this module answers to."""

    @routes.post("/answers")
    async def create_answer(body: Question) -> Answer:
        if len(body.question) > limits.question_chars:
            what = f"Should have at most {limits.question_chars} characters"
            errors = [{"pointer": "/question", "detail": what}]
            raise ValidationError("The question is too long.", details={"errors": errors})
        return Answer(answer=await answers.answer(body.question, await resources.llm.get()))
