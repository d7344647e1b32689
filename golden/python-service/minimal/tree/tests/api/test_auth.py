from collections.abc import Callable

import httpx2
import pytest
from fastapi import APIRouter, FastAPI

from a.api import auth
from a.audit import AuditLog
from a.config import Secrets

type Audited = Callable[[], list[dict[str, object]]]


@pytest.mark.parametrize("key", [None, "", "wrong", "test-key-test-kéy"])
async def test_key_is_asked_before_the_body_is_read(
    client: httpx2.AsyncClient,
    audited: Audited,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    del client.headers["X-API-Key"]
    headers = {b"X-Request-ID": b"an-id"}
    if key is not None:
        headers[b"X-API-Key"] = key.encode()
    response = await client.post("/test/owners", content=b"{", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "ApiKey"
    assert len(synced) == 1
    denied, access = audited()
    who = {"request_id": "an-id", "actor": "anonymous", "method": "POST", "route": "/test/owners"}
    assert denied == who | {"event": "auth.denied"}
    assert access == who | {"event": "http.access", "status": 401}


async def test_who_has_the_key_is_recorded(client: httpx2.AsyncClient, audited: Audited) -> None:
    await client.post("/test/owners", json={"name": "a"})
    (record,) = audited()
    assert (record["actor"], record["status"]) == ("api-key", 200)


async def test_routes_of_an_included_router_need_the_key(
    app: FastAPI, client: httpx2.AsyncClient, secrets: Secrets, audit_log: AuditLog
) -> None:
    inner, outer = APIRouter(), auth.router(secrets.api_key, audit_log, prefix="/outer")

    @inner.get("/inner")
    async def read() -> str:
        return "secret"

    outer.include_router(inner)
    app.include_router(outer)
    assert (await client.get("/outer/inner")).json() == "secret"
    del client.headers["X-API-Key"]
    response = await client.get("/outer/inner")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
