import httpx2

from my_very_long_service_name_of_forty_chars.api.health import State
from my_very_long_service_name_of_forty_chars.audit import AuditLog
from my_very_long_service_name_of_forty_chars.resources import Resources


async def test_alive(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}


async def test_ready_until_it_stops(
    client: httpx2.AsyncClient, resources: Resources, state: State
) -> None:
    assert (await client.get("/readyz")).json() == {
        "status": "ready",
        "loaded": resources.loaded,
    }
    state.stopping = True
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


async def test_not_ready_without_an_audit_log(
    client: httpx2.AsyncClient, audit_log: AuditLog
) -> None:
    audit_log.failed = True
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert (await client.get("/livez")).status_code == 200
