"""A client for any endpoint that speaks the OpenAI protocol."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from itertools import batched
from typing import Protocol, Self, override

import httpx2
import structlog
from pydantic import BaseModel, FiniteFloat, ValidationError

from fullest.config import LLM, Config, Secrets
from fullest.errors import LLMError

log = structlog.get_logger(__name__)


class LLMClient(Protocol):
    """What the service asks of a language model; tests put MockLLMClient in its place."""

    async def answer(self, question: str) -> str:
        """Answer one question, or raise LLMError."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order, or raise LLMError."""
        ...

    async def aclose(self) -> None:
        """Give everything back."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: list[_Choice]


class _Embedding(BaseModel):
    index: int = 0
    embedding: list[FiniteFloat]


class _Embeddings(BaseModel):
    data: list[_Embedding]


class HTTPLLMClient(LLMClient):
    """The real one: a pool of connections to one endpoint."""

    def __init__(
        self, config: LLM, api_key: str, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Prepare the pool; connect to nothing."""
        self._config = config
        self._http = httpx2.AsyncClient(
            base_url=str(config.base_url),
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=config.timeout_s,
            transport=transport,
        )

    @classmethod
    async def load(cls, config: Config, secrets: Secrets) -> Self:
        """Make a client in a thread: reading the certificates of its TLS context takes a while."""
        return await asyncio.to_thread(cls, config.llm, secrets.llm_api_key.get_secret_value())

    @classmethod
    async def probe(cls, config: Config, secrets: Secrets) -> None:
        """Raise LLMError unless the model can be asked."""
        async with aclosing(await cls.load(config, secrets)) as client:
            await client.list_models()

    async def list_models(self) -> None:
        """Ask the endpoint for what it has: the cheapest question with a key."""
        await self._send("GET", "models")

    @override
    async def answer(self, question: str) -> str:
        body = {"model": self._config.model, "messages": [{"role": "user", "content": question}]}
        answer = await self._send("POST", "chat/completions", body)
        try:
            return _Completion.model_validate_json(answer).choices[0].message.content
        except (ValidationError, IndexError) as exc:
            raise LLMError("The language model gave no answer.") from exc

    @override
    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for batch in batched(texts, self._config.batch_size, strict=False):
            vectors += await self._embed_batch(batch)
        return vectors

    @override
    async def aclose(self) -> None:
        await self._http.aclose()

    async def _embed_batch(self, texts: Sequence[str]) -> list[list[float]]:
        body = {"model": self._config.embedding_model, "input": texts}
        answer = await self._send("POST", "embeddings", body, items=len(texts))
        try:
            data = _Embeddings.model_validate_json(answer).data
        except ValidationError as exc:
            raise LLMError("The language model gave no embeddings.") from exc
        if len(data) != len(texts):
            raise LLMError("The language model left texts out.")
        return [item.embedding for item in sorted(data, key=lambda item: item.index)]

    async def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None, items: int = 1
    ) -> bytes:
        """Return the body of a good answer; log how the call went, but not what was said."""
        started, status = time.perf_counter(), 0
        try:
            async with asyncio.timeout(self._config.timeout_s):  # httpx2's is for each read alone
                response = await self._http.request(method, path, json=body)
            status = response.status_code
            response.raise_for_status()
        except (httpx2.HTTPError, TimeoutError) as exc:
            raise LLMError("The language model is unavailable.") from exc
        finally:
            model = body["model"] if body else self._config.model
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            log.info("llm.call", model=model, status=status, duration_ms=duration_ms, items=items)
        return response.content
