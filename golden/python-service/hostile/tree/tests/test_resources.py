import pytest

from zz_9.config import Config, Secrets
from zz_9.errors import LLMError
from zz_9.resources import Resources

from tests.fakes import MockLLMClient


async def test_probe_waits_for_the_model(
    resources: Resources, mock_llm: MockLLMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def recover(_delay: float) -> None:
        mock_llm.error = None

    mock_llm.error = LLMError("not yet")
    monkeypatch.setattr("asyncio.sleep", recover)
    assert await resources.probe(timeout_s=60) == []


async def test_probe_names_the_setting(resources: Resources, mock_llm: MockLLMClient) -> None:
    mock_llm.error = LLMError("never")
    (problem,) = await resources.probe(timeout_s=0.01)
    assert problem.startswith("llm.base_url: ")


async def test_made_from_the_settings(config: Config, secrets: Secrets) -> None:
    resources = Resources.make(config, secrets)
    assert resources.loaded == {"llm": True}
    await resources.aclose()
