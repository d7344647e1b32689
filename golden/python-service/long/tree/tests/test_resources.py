from my_very_long_service_name_of_forty_chars.config import Config, Secrets
from my_very_long_service_name_of_forty_chars.resources import Resources


async def test_nothing_is_loaded_until_it_is_needed(config: Config, secrets: Secrets) -> None:
    resources = Resources.make(config, secrets)
    names = {"llm", "database"}
    assert resources.loaded == dict.fromkeys(names, False)
    await resources.aclose()


async def test_client_of_the_model_is_shared(config: Config, secrets: Secrets) -> None:
    resources = Resources.make(config, secrets)
    assert await resources.llm.get() is await resources.llm.get()
    assert resources.loaded["llm"]
    await resources.aclose()
    assert not resources.loaded["llm"]
