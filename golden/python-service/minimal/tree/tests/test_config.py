import pytest
from pydantic import ValidationError

from a.config import Secrets


@pytest.mark.parametrize(
    "key", ["hunter2", "sixteen or more characters", "sixteen-ör-more-characters"]
)
def test_api_key_must_be_usable(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate({"api_key": key})
    assert key not in str(caught.value)


def test_secrets_do_not_show(secrets: Secrets) -> None:
    assert "test-" not in f"{secrets} {secrets!r} {secrets.model_dump_json()}"
