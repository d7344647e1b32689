import pytest

from my_very_long_service_name_of_forty_chars import notes
from my_very_long_service_name_of_forty_chars.config import DatabaseSettings
from my_very_long_service_name_of_forty_chars.database import Database
from my_very_long_service_name_of_forty_chars.errors import ConflictError, NotFoundError

from tests.fake_database import MockPool


@pytest.fixture
def database(mock_pool: MockPool) -> Database:
    return Database(DatabaseSettings(), mock_pool.typed())


@pytest.mark.parametrize(("count", "statements"), [(1, 1), (2, 1), (3, 2), (5, 3)])
async def test_added_in_batches(
    database: Database, mock_pool: MockPool, count: int, statements: int
) -> None:
    texts = [f"note {n}" for n in range(count)]
    assert await notes.add(database, texts, batch_size=2) == list(range(1, count + 1))
    assert (mock_pool.statements, mock_pool.notes) == (statements, texts)


async def keeps_all_or_nothing(database: Database) -> None:
    first, second, third = await notes.add(database, ["a", "b", "c" * 5000], batch_size=2)
    assert first < second < third
    assert await notes.get(database, third) == "c" * 5000
    with pytest.raises(ConflictError):
        await notes.add(database, ["d", "e", "f", "a"], batch_size=2)
    assert len(await notes.add(database, ["d", "e", "f"], batch_size=2)) == 3
    with pytest.raises(NotFoundError):
        await notes.get(database, 2**63 - 1)


async def test_all_or_nothing(database: Database) -> None:
    await keeps_all_or_nothing(database)


async def test_all_or_nothing_for_real(real_database: Database) -> None:
    await keeps_all_or_nothing(real_database)
