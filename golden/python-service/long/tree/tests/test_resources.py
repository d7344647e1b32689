from my_very_long_service_name_of_forty_chars.config import Config, Secrets
from my_very_long_service_name_of_forty_chars.resources import Resources


async def test_made_from_the_settings(config: Config, secrets: Secrets) -> None:
    resources = Resources.make(config, secrets)
    assert resources.loaded == {}
    assert await resources.probe(config.startup.timeout_s) == []
    await resources.aclose()
