import httpx2
import pytest

from my_very_long_service_name_of_forty_chars.errors import LLMError

from tests.fake_llm import MockLLMClient


async def test_answer(client: httpx2.AsyncClient, mock_llm: MockLLMClient) -> None:
    response = await client.post("/v1/answers", json={"question": "Why?"})
    assert (response.status_code, response.json()) == (200, {"answer": "Test answer"})
    assert mock_llm.questions == ["Why?"]


async def test_no_answer(client: httpx2.AsyncClient, mock_llm: MockLLMClient) -> None:
    mock_llm.error = LLMError("The language model is unavailable.")
    response = await client.post("/v1/answers", json={"question": "Why?"})
    assert (response.status_code, response.json()["code"]) == (503, "llm_unavailable")


@pytest.mark.parametrize("question", ["", "x" * 101, 1, None])
async def test_bad_question(client: httpx2.AsyncClient, question: object) -> None:
    response = await client.post("/v1/answers", json={"question": question})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/question"]
