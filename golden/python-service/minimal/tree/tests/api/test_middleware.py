import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from a.api.middleware import RequestContext
from a.audit import AuditLog
from a.config import Server

from tests.conftest import LogStream


def client_of(app: ASGIApp, audit_log: AuditLog, timeout_s: float = 60) -> httpx2.AsyncClient:
    """Send requests through the middleware to any application."""
    config = Server(request_timeout_s=timeout_s)
    wrapped = RequestContext(app, config, audit_log, lambda: "new-id")
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(wrapped), base_url="http://test")


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "a" * 64])
async def test_good_request_id_is_kept(client: httpx2.AsyncClient, given: str) -> None:
    response = await client.get("/livez", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", [b"", b"a" * 65, b"a b", b"a\n", "é".encode()])
async def test_bad_request_id_is_replaced(client: httpx2.AsyncClient, given: bytes) -> None:
    response = await client.get("/livez", headers={b"X-Request-ID": given})
    assert len(response.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        (f"00-{'a' * 32}-{'b' * 16}-01", "a" * 32),
        (f"00-{'0' * 32}-{'b' * 16}-01", None),
        (f"00-{'a' * 32}-{'0' * 16}-01", None),
        ("hunter2", None),
    ],
)
async def test_trace_id(
    client: httpx2.AsyncClient, logged: LogStream, traceparent: str, trace_id: str | None
) -> None:
    await client.get("/livez", headers={"traceparent": traceparent})
    assert logged.lines("http.request")[0].get("trace_id") == trace_id


async def test_ids_do_not_mix(client: httpx2.AsyncClient, logged: LogStream) -> None:
    ids = [f"id-{number}" for number in range(20)]
    await asyncio.gather(*(client.get("/livez", headers={"X-Request-ID": i}) for i in ids))
    assert sorted(str(line["request_id"]) for line in logged.lines("http.request")) == sorted(ids)


async def test_log_line_has_nothing_from_the_client(
    client: httpx2.AsyncClient, logged: LogStream
) -> None:
    headers = {"User-Agent": "CANARY"}
    await client.post("/test/owners?CANARY", json={"name": "CANARY"}, headers=headers)
    await client.request("CANARY", "/CANARY")
    known, unknown = logged.lines("http.request")
    assert (known["method"], known["route"], known["status"]) == ("POST", "/test/owners", 200)
    assert (unknown["method"], unknown["route"], unknown["status"]) == ("OTHER", "unmatched", 404)
    assert "CANARY" not in logged.getvalue()


async def pieces() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b" " * 500


@pytest.mark.parametrize("announced", [True, False])
async def test_large_body_is_refused(client: httpx2.AsyncClient, *, announced: bool) -> None:
    content = b" " * 1001 if announced else pieces()
    headers = {"Content-Type": "application/json"}
    response = await client.post("/test/owners", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


async def test_probes_are_not_audited(
    client: httpx2.AsyncClient, audited: Callable[[], list[dict[str, object]]]
) -> None:
    await client.get("/livez")
    await client.get("/readyz")
    await client.request("CANARY", "/CANARY")
    (record,) = audited()
    assert (record["method"], record["route"]) == ("OTHER", "unmatched")


async def test_what_cannot_be_recorded_is_not_answered(
    client: httpx2.AsyncClient, audit_log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("os.write", fail)
        response = await client.post("/test/owners", json={"name": "a"})
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert audit_log.failed
    for path in ("/test/owners", "/CANARY"):
        response = await client.post(path, json={"name": "a"})
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")


async def test_slow_request_is_ended(audit_log: AuditLog, logged: LogStream) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    async with client_of(app, audit_log, timeout_s=0.01) as client:
        response = await client.get("/")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response.headers["Retry-After"] == "1"
    assert logged.lines("http.error")[0]["error_type"] == "ServiceError"


async def test_other_timeout_is_our_mistake(audit_log: AuditLog) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise TimeoutError

    async with client_of(app, audit_log) as client:
        response = await client.get("/")
    assert (response.status_code, response.json()["request_id"]) == (500, "new-id")


async def test_failure_after_the_answer_began(audit_log: AuditLog, logged: LogStream) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "headers": []}
    await RequestContext(app, Server(), audit_log)(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert logged.lines("http.error")[0]["error_type"] == "ValueError"


async def test_client_that_leaves(
    audit_log: AuditLog, logged: LogStream, audited: Callable[[], list[dict[str, object]]]
) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        async with client_of(app, audit_log) as client:
            await client.get("/")
    assert logged.lines("http.request")[0]["status"] == 499
    assert audited()[0]["status"] == 499


async def test_what_is_not_http_passes(audit_log: AuditLog) -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        raise NotImplementedError

    async def ignore(_message: Message) -> None:
        raise NotImplementedError

    await RequestContext(app, Server(), audit_log)({"type": "lifespan"}, never, ignore)
    assert seen == ["lifespan"]
