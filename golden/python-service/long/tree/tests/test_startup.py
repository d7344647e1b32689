import asyncio

import pytest

from my_very_long_service_name_of_forty_chars import startup
from my_very_long_service_name_of_forty_chars.config import Audit, Config, Secrets, Server
from my_very_long_service_name_of_forty_chars.errors import (
    DependencyError,
    ServiceError,
    StartupError,
    TamperedAuditError,
)
from my_very_long_service_name_of_forty_chars.resources import Resources
from my_very_long_service_name_of_forty_chars.startup import prepare


class Thing:
    """Something that the service depends on."""

    def __init__(self) -> None:
        self.there = True

    async def probe(self, _config: Config, _secrets: Secrets) -> None:
        if not self.there:
            raise ServiceError("not there")


@pytest.fixture(autouse=True)
def thing(monkeypatch: pytest.MonkeyPatch) -> Thing:
    thing = Thing()
    monkeypatch.setattr(startup, "PROBES", {"a.thing: it": thing.probe})
    return thing


async def problems(config: Config, secrets: Secrets) -> StartupError:
    with pytest.raises(StartupError) as caught:
        async with prepare(config, secrets):
            pass
    return caught.value


def changed(config: Config, **sections: object) -> Config:
    return config.model_copy(update=sections)


async def test_all_is_open_then_closed(config: Config, secrets: Secrets) -> None:
    for _ in range(2):
        async with prepare(config, secrets) as opened:
            assert opened.listener.getsockname()[0] == "127.0.0.1"
            opened.audit.append("service.started")
        assert opened.listener.fileno() == -1


async def test_what_requests_share_is_closed(
    config: Config, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    async def aclose(resources: Resources) -> None:
        closed.append(resources)

    monkeypatch.setattr(Resources, "aclose", aclose)
    async with prepare(config, secrets) as opened:
        assert not closed
    assert closed == [opened.resources]


async def test_thing_that_comes_late(
    config: Config, secrets: Secrets, thing: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def come(_delay: float) -> None:
        thing.there = True

    thing.there = False
    monkeypatch.setattr(asyncio, "sleep", come)
    async with prepare(config, secrets):
        pass


async def test_all_problems_are_told_at_once(
    config: Config, secrets: Secrets, thing: Thing
) -> None:
    async with prepare(config, secrets) as opened:
        thing.there = False
        taken = Server(port=opened.listener.getsockname()[1])
        error = await problems(changed(config, server=taken), secrets)
    assert isinstance(error, DependencyError)
    assert error.problems == [
        "a.thing: it gave no good answer in 0.1 s",
        "audit.path: another process writes to it",
        "server.port: Address already in use",
    ]


async def test_audit_log_that_cannot_be_opened(config: Config, secrets: Secrets) -> None:
    directory = Audit(path=config.audit.path.parent)
    error = await problems(changed(config, audit=directory), secrets)
    assert error.problems == ["audit.path: Is a directory"]


async def test_audit_log_that_cannot_be_written(
    config: Config, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    config.audit.path.write_bytes(b"torn")
    monkeypatch.setattr("os.write", fail)
    error = await problems(config, secrets)
    assert error.problems == ["audit.path: cannot be written"]


async def test_audit_log_that_was_tampered_with(config: Config, secrets: Secrets) -> None:
    config.audit.path.write_bytes(b"forged\n")
    error = await problems(config, secrets)
    assert isinstance(error, TamperedAuditError)
    assert error.problems[0].startswith("audit.path: the last record: was changed")


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
async def test_foreign_address_is_refused(config: Config, secrets: Secrets, host: str) -> None:
    error = await problems(changed(config, server=Server(host=host, port=0)), secrets)
    assert error.problems[0].startswith("server.port: ")
