"""Stand-ins for what the service depends on."""

from collections.abc import Mapping
from typing import override

from zz_9.llm import LLMClient


class MockLLMClient(LLMClient):
    """Answers from a table and remembers what it was asked; raises `error` if it has one."""

    def __init__(self, responses: Mapping[str, str]) -> None:
        self.responses = responses
        self.questions: list[str] = []
        self.error: Exception | None = None
        self.closed = False

    @override
    async def probe(self) -> None:
        if self.error:
            raise self.error

    @override
    async def answer(self, question: str) -> str:
        self.questions.append(question)
        if self.error:
            raise self.error
        return self.responses.get(question, self.responses["default"])

    @override
    async def aclose(self) -> None:
        self.closed = True
