import httpx2
import pytest

from myservice.config import LLM
from myservice.errors import LLMError
from myservice.llm import HTTPLLMClient

from tests.conftest import LogStream

GOOD = {"choices": [{"message": {"content": "Test answer"}}]}


def client(handler: httpx2.MockTransport) -> HTTPLLMClient:
    return HTTPLLMClient(LLM(model="a-model"), "test-llm-key", handler)


async def test_answer(logged: LogStream) -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=GOOD)

    llm = client(httpx2.MockTransport(handle))
    assert await llm.answer("Why?") == "Test answer"
    await llm.probe()
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
        await client(httpx2.MockTransport(refuse)).probe()
    assert [line["status"] for line in logged.lines("llm.call")] == [0]
    assert "hunter2" not in logged.getvalue()
