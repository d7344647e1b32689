import pytest
from pydantic import ValidationError

from fullest.config import LLM, PREFIX, Config, Secrets, Server

from tests.conftest import SECRETS, secrets_of


@pytest.mark.parametrize("url", ["http://u:hunter2@h/", "http://h/?k=hunter2", "ftp://hunter2/"])
def test_address_must_be_bare(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        LLM.model_validate({"base_url": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["hunter2", "sixteen or more characters", "sixteen-ör-more-characters"]
)
def test_api_key_must_be_usable(key: str) -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error") as caught:
        secrets_of(SECRETS | {f"{PREFIX}API_KEY": key})
    assert key not in str(caught.value)


def test_secrets_do_not_show(secrets: Secrets) -> None:
    assert "test-" not in f"{secrets} {secrets!r} {secrets.model_dump_json()}"


@pytest.mark.parametrize("url", ["host=hunter2", "postgresql://h?hunter2", "postgresql://[hunter2"])
def test_address_of_the_database_must_be_one(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate({"database_url": url})
    assert "must be like postgresql://" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_settings_have_a_digest() -> None:
    assert Config().sha256 == Config().sha256
    assert Config().sha256 != Config(server=Server(port=1)).sha256
