"""A client for any endpoint that speaks the OpenAI protocol."""

import time
from typing import Protocol, override

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from myservice.config import LLM
from myservice.errors import LLMError

log = structlog.get_logger(__name__)


class LLMClient(Protocol):
    """What the service asks of a language model; tests put MockLLMClient in its place."""

    async def probe(self) -> None:
        """Raise LLMError unless the model can be asked."""

    async def answer(self, question: str) -> str:
        """Answer one question, or raise LLMError."""
        ...

    async def aclose(self) -> None:
        """Give everything back."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: list[_Choice]


class HTTPLLMClient(LLMClient):
    """The real one: a pool of connections to one endpoint."""

    def __init__(
        self, config: LLM, api_key: str, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Prepare the pool; connect to nothing."""
        self._model = config.model
        self._http = httpx2.AsyncClient(
            base_url=str(config.base_url),
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=config.timeout_s,
            transport=transport,
        )

    @override
    async def probe(self) -> None:
        await self._send(self._http.build_request("GET", "models"))

    @override
    async def answer(self, question: str) -> str:
        body = {"model": self._model, "messages": [{"role": "user", "content": question}]}
        request = self._http.build_request("POST", "chat/completions", json=body)
        try:
            completion = _Completion.model_validate_json(await self._send(request))
            return completion.choices[0].message.content
        except (ValidationError, IndexError) as exc:
            raise LLMError("The language model gave no answer.") from exc

    @override
    async def aclose(self) -> None:
        await self._http.aclose()

    async def _send(self, request: httpx2.Request) -> bytes:
        """Return the body of a good answer; log how the call went, but not what was said."""
        started, status = time.perf_counter(), 0
        try:
            response = await self._http.send(request)
            status = response.status_code
            response.raise_for_status()
        except httpx2.HTTPError as exc:
            raise LLMError("The language model is unavailable.") from exc
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            log.info("llm.call", model=self._model, status=status, duration_ms=duration_ms, items=1)
        return response.content
