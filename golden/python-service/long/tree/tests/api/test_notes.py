import httpx2
import psycopg
import pytest

from tests.fake_database import MockPool


async def test_notes(client: httpx2.AsyncClient, mock_pool: MockPool) -> None:
    response = await client.post("/v1/notes", json={"texts": ["a", "b"]})
    assert (response.status_code, response.json()) == (201, {"ids": [1, 2]})
    assert mock_pool.notes == ["a", "b"]
    response = await client.get("/v1/notes/2")
    assert (response.status_code, response.json()) == (200, {"text": "b"})


async def test_no_note(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/notes/1")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_note_that_is_there_already(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/notes", json={"texts": ["a", "a"]})
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


async def test_no_database(client: httpx2.AsyncClient, mock_pool: MockPool) -> None:
    mock_pool.error = psycopg.OperationalError("hunter2")
    response = await client.get("/v1/notes/1")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    ("texts", "pointer"), [([], "/texts"), ([""], "/texts/0"), (["a\0"], "/texts/0"), (1, "/texts")]
)
async def test_bad_texts(client: httpx2.AsyncClient, texts: object, pointer: str) -> None:
    response = await client.post("/v1/notes", json={"texts": texts})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize("note_id", ["x", "0", str(2**63)])
async def test_bad_id(client: httpx2.AsyncClient, note_id: str) -> None:
    response = await client.get(f"/v1/notes/{note_id}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
