import httpx2

from zz_9.api.health import State


async def test_alive(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}


async def test_ready_until_it_stops(client: httpx2.AsyncClient, state: State) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready", "loaded": {"llm": True}}
    state.stopping = True
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
