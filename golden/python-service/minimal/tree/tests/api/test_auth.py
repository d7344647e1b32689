import httpx2
import pytest


@pytest.mark.parametrize("key", [None, "", "wrong", "test-key-test-kéy"])
async def test_key_is_asked_before_the_body_is_read(
    client: httpx2.AsyncClient, key: str | None
) -> None:
    del client.headers["X-API-Key"]
    headers = {b"X-API-Key": key.encode()} if key is not None else {}
    response = await client.post("/test/owners", content=b"{", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "ApiKey"
