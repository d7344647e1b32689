import asyncio

import pytest

from a.errors import ServiceError
from a.lazy import Lazy

from tests.conftest import LogStream


class Thing:
    """What is expensive to make."""

    def __init__(self) -> None:
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def made() -> list[Thing]:
    return []


@pytest.fixture
def lazy(made: list[Thing]) -> Lazy[Thing]:
    async def load() -> Thing:
        await asyncio.sleep(0)
        made.append(Thing())
        return made[-1]

    return Lazy("thing", load)


async def test_made_once_and_when_it_is_needed(
    lazy: Lazy[Thing], made: list[Thing], logged: LogStream
) -> None:
    things = await asyncio.gather(*(lazy.get() for _ in range(50)))
    assert {id(thing) for thing in things} == {id(made[0])}
    assert lazy.loaded
    assert await lazy.get() is made[0]
    (line,) = logged.lines("resource.loaded")
    assert line["resource"] == "thing"


async def test_failure_is_not_kept() -> None:
    failures = [ServiceError("not yet")]

    async def load() -> Thing:
        if failures:
            raise failures.pop()
        return Thing()

    lazy = Lazy("thing", load)
    with pytest.raises(ServiceError, match="not yet"):
        await lazy.get()
    assert isinstance(await lazy.get(), Thing)


async def test_who_waits_can_leave() -> None:
    forever = asyncio.Event()

    async def load() -> Thing:
        await forever.wait()
        return Thing()

    lazy = Lazy("thing", load)
    first, second = (asyncio.create_task(lazy.get()) for _ in range(2))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    forever.set()
    assert isinstance(await first, Thing)


async def test_closed_with_what_was_made(lazy: Lazy[Thing]) -> None:
    thing = await lazy.get()
    await lazy.aclose()
    assert thing.closed
    with pytest.raises(ServiceError, match="stopping"):
        await lazy.get()


async def test_closed_before_it_was_needed(lazy: Lazy[Thing], made: list[Thing]) -> None:
    await lazy.aclose()
    assert made == []
