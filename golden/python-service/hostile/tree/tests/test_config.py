import pytest
from pydantic import ValidationError

from zz_9.config import LLM, Secrets


@pytest.mark.parametrize("url", ["http://u:hunter2@h/", "http://h/?k=hunter2", "ftp://hunter2/"])
def test_address_must_be_bare(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        LLM.model_validate({"base_url": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["hunter2", "sixteen or more characters", "sixteen-ör-more-characters"]
)
def test_api_key_must_be_usable(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate({"api_key": key, "llm_api_key": "k"})
    assert key not in str(caught.value)


def test_secrets_do_not_show(secrets: Secrets) -> None:
    assert "test-" not in f"{secrets} {secrets!r} {secrets.model_dump_json()}"
