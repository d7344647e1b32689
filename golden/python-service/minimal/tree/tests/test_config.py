import pytest
from pydantic import ValidationError

from a.config import Config, Secrets, Server


@pytest.mark.parametrize(
    "key", ["hunter2", "sixteen or more characters", "sixteen-ör-more-characters"]
)
def test_api_key_must_be_usable(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate({"api_key": key})
    assert key not in str(caught.value)


def test_secrets_do_not_show(secrets: Secrets) -> None:
    assert "test-" not in f"{secrets} {secrets!r} {secrets.model_dump_json()}"


def test_settings_have_a_digest() -> None:
    assert Config().sha256 == Config().sha256
    assert Config().sha256 != Config(server=Server(port=1)).sha256
