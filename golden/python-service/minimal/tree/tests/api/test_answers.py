import httpx2
import pytest


async def test_answer(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/answers", json={"question": "What is the answer?"})
    assert (response.status_code, response.json()) == (200, {"answer": "42."})


async def test_no_answer(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/answers", json={"question": "Why?"})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("question", ["", "x" * 101, 1, None])
async def test_bad_question(client: httpx2.AsyncClient, question: object) -> None:
    response = await client.post("/v1/answers", json={"question": question})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/question"]
