import pytest

from myservice.config import Config, Secrets, Server
from myservice.errors import DependencyError
from myservice.resources import Resources
from myservice.startup import prepare


@pytest.fixture
def problems() -> list[str]:
    """What the probe says."""
    return []


@pytest.fixture(autouse=True)
def closed(
    resources: Resources, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> list[object]:
    """Whatever was closed."""
    closed: list[object] = []

    async def probe(*_: object) -> list[str]:
        return problems

    async def aclose(resources: Resources) -> None:
        closed.append(resources)

    monkeypatch.setattr(Resources, "make", lambda *_: resources)
    monkeypatch.setattr(Resources, "probe", probe)
    monkeypatch.setattr(Resources, "aclose", aclose)
    return closed


async def test_all_is_open_then_closed(
    config: Config, secrets: Secrets, resources: Resources, closed: list[object]
) -> None:
    async with prepare(config, secrets) as (opened, listener):
        assert opened is resources
        assert listener.getsockname()[0] == "127.0.0.1"
        assert not closed
    assert listener.fileno() == -1
    assert closed == [resources]


async def test_all_problems_are_told(
    config: Config, secrets: Secrets, problems: list[str], closed: list[object]
) -> None:
    async with prepare(config, secrets) as (_, listener):
        taken = config.model_copy(update={"server": Server(port=listener.getsockname()[1])})
        problems.append("a problem")
        with pytest.raises(DependencyError) as caught:
            async with prepare(taken, secrets):
                pass
    assert caught.value.problems[0] == "a problem"
    assert caught.value.problems[1].startswith("server.port: Address already in use")
    assert len(closed) == 2


async def test_port_is_closed_after_a_problem(
    config: Config, secrets: Secrets, problems: list[str]
) -> None:
    problems.append("a problem")
    with pytest.raises(DependencyError, match=r"^a problem$"):
        async with prepare(config, secrets):
            pass


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
async def test_foreign_address_is_refused(config: Config, secrets: Secrets, host: str) -> None:
    foreign = config.model_copy(update={"server": Server(host=host, port=0)})
    with pytest.raises(DependencyError, match=r"^server\.port: "):
        async with prepare(foreign, secrets):
            pass
