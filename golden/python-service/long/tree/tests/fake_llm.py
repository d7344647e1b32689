"""A language model that needs no network."""

from collections.abc import Mapping, Sequence
from typing import override

from my_very_long_service_name_of_forty_chars.llm import LLMClient


class MockLLMClient(LLMClient):
    """Answers from a table, embeds as lengths; raises `error` if it has one."""

    def __init__(self, responses: Mapping[str, str]) -> None:
        self.responses = responses
        self.questions: list[str] = []
        self.texts: list[str] = []
        self.error: Exception | None = None
        self.closed = False

    @override
    async def answer(self, question: str) -> str:
        self.questions.append(question)
        if self.error:
            raise self.error
        return self.responses.get(question, self.responses["default"])

    @override
    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts += texts
        if self.error:
            raise self.error
        return [[float(len(text))] for text in texts]

    @override
    async def aclose(self) -> None:
        self.closed = True
