from a.config import Config, Secrets
from a.resources import Resources


async def test_made_from_the_settings(config: Config, secrets: Secrets) -> None:
    resources = Resources.make(config, secrets)
    assert resources.loaded == {}
    assert await resources.probe(config.startup.timeout_s) == []
    await resources.aclose()
