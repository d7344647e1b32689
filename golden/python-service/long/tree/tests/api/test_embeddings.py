import httpx2
import pytest
from pydantic import ValidationError

from my_very_long_service_name_of_forty_chars.api.app import create_app
from my_very_long_service_name_of_forty_chars.api.embeddings import Texts
from my_very_long_service_name_of_forty_chars.api.health import State
from my_very_long_service_name_of_forty_chars.audit import AuditLog
from my_very_long_service_name_of_forty_chars.config import Config, Features, Secrets
from my_very_long_service_name_of_forty_chars.errors import LLMError
from my_very_long_service_name_of_forty_chars.resources import Resources

from tests.fake_llm import MockLLMClient


async def test_embeddings(client: httpx2.AsyncClient, mock_llm: MockLLMClient) -> None:
    response = await client.post("/v1/embeddings", json={"texts": ["a", "bb"]})
    assert (response.status_code, response.json()) == (200, {"embeddings": [[1.0], [2.0]]})
    assert mock_llm.texts == ["a", "bb"]


async def test_no_embeddings(client: httpx2.AsyncClient, mock_llm: MockLLMClient) -> None:
    mock_llm.error = LLMError("The language model is unavailable.")
    response = await client.post("/v1/embeddings", json={"texts": ["a"]})
    assert (response.status_code, response.json()["code"]) == (503, "llm_unavailable")


@pytest.mark.parametrize(
    ("texts", "pointer"), [([], "/texts"), ("a", "/texts"), (["a", ""], "/texts/1")]
)
async def test_bad_texts(client: httpx2.AsyncClient, texts: object, pointer: str) -> None:
    response = await client.post("/v1/embeddings", json={"texts": texts})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_too_many_texts() -> None:
    with pytest.raises(ValidationError, match="at most 2048"):
        Texts(texts=["a"] * 2049)


async def test_switched_off(
    config: Config, secrets: Secrets, resources: Resources, audit_log: AuditLog
) -> None:
    off = config.model_copy(update={"features": Features(embeddings=False)})
    app = create_app(off, secrets, resources, audit_log, State())
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://test"
    ) as client:
        response = await client.post("/v1/embeddings")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
