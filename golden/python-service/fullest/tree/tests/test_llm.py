import asyncio
import json

import httpx2
import pytest

from fullest.config import LLM, PREFIX, Config, Secrets
from fullest.errors import LLMError
from fullest.llm import HTTPLLMClient

from tests.conftest import LogStream

GOOD = {"choices": [{"message": {"content": "Test answer"}}]}


def client(handler: httpx2.MockTransport, timeout_s: float = 60) -> HTTPLLMClient:
    config = LLM(model="a-model", embedding_model="b-model", batch_size=2, timeout_s=timeout_s)
    return HTTPLLMClient(config, "test-llm-key", handler)


async def test_answer(logged: LogStream) -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=GOOD)

    llm = client(httpx2.MockTransport(handle))
    assert await llm.answer("Why?") == "Test answer"
    await llm.list_models()
    await llm.aclose()
    asked, probed = seen
    assert str(asked.url) == "http://127.0.0.1:11434/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer test-llm-key"
    assert asked.content == b'{"model":"a-model","messages":[{"role":"user","content":"Why?"}]}'
    assert (probed.method, probed.url.path, probed.content) == ("GET", "/v1/models", b"")
    line, _ = logged.lines("llm.call")
    assert (line["model"], line["status"], line["items"]) == ("a-model", 200, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "x"), (302, ""), (401, ""), (200, "x"), (200, "{}"), (200, '{"choices": []}')],
)
async def test_bad_answer_is_an_error(status: int, body: str) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, text=body))
    with pytest.raises(LLMError):
        await client(transport).answer("Why?")


async def test_unreachable_endpoint_is_an_error(logged: LogStream) -> None:
    def refuse(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("hunter2")

    with pytest.raises(LLMError):
        await client(httpx2.MockTransport(refuse)).list_models()
    assert [line["status"] for line in logged.lines("llm.call")] == [0]
    assert "hunter2" not in logged.getvalue()


async def test_slow_endpoint_is_an_error() -> None:
    async def sleep(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise NotImplementedError

    with pytest.raises(LLMError):
        await client(httpx2.MockTransport(sleep), timeout_s=0.1).answer("Why?")


def embedding(request: httpx2.Request) -> httpx2.Response:
    """Embed each text as its length, in an order that only the index tells."""
    body = json.loads(request.content)
    assert body["model"] == "b-model"
    data = [{"index": n, "embedding": [len(text)]} for n, text in enumerate(body["input"])]
    return httpx2.Response(200, json={"data": data[::-1]})


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
async def test_embeddings_go_out_in_batches(logged: LogStream, count: int) -> None:
    llm = client(httpx2.MockTransport(embedding))
    vectors = await llm.embed(["x" * n for n in range(count)])
    assert vectors == [[float(n)] for n in range(count)]
    items = [line["items"] for line in logged.lines("llm.call")]
    assert items == [2] * (count // 2) + [1] * (count % 2)


@pytest.mark.parametrize(
    "body", ["x", '{"data": []}', '{"data": [{"embedding": [NaN]}]}', '{"data": [{}]}']
)
async def test_bad_embeddings_are_an_error(body: str) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, text=body))
    with pytest.raises(LLMError):
        await client(transport).embed(["x"])


async def test_probe(env: dict[str, str], config: Config, secrets: Secrets) -> None:
    good = LLM.model_validate({"base_url": env[f"{PREFIX}LLM__BASE_URL"]})
    await HTTPLLMClient.probe(config.model_copy(update={"llm": good}), secrets)
    bad = LLM.model_validate({"base_url": "http://127.0.0.1:1/v1"})
    with pytest.raises(LLMError):
        await HTTPLLMClient.probe(config.model_copy(update={"llm": bad}), secrets)
