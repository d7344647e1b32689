import asyncio

import psycopg
import pytest

from my_very_long_service_name_of_forty_chars.config import PREFIX, Config, DatabaseSettings
from my_very_long_service_name_of_forty_chars.database import Database
from my_very_long_service_name_of_forty_chars.errors import (
    ConflictError,
    DatabaseError,
    NotFoundError,
)

from tests.conftest import SECRETS, secrets_of
from tests.fake_database import MockPool, fake_postgres


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.UniqueViolation("hunter2"), ConflictError),
        (psycopg.OperationalError("hunter2"), DatabaseError),
        (psycopg.errors.UndefinedTable("hunter2"), DatabaseError),
        (NotFoundError("There is no such note."), NotFoundError),
    ],
)
async def test_errors_are_ours(
    mock_pool: MockPool, error: Exception, kind: type[Exception]
) -> None:
    database = Database(DatabaseSettings(), mock_pool.typed())
    with pytest.raises(kind) as caught:
        async with database.transaction():
            raise error
    assert "hunter2" not in str(caught.value)


async def test_slow_transaction_is_an_error(mock_pool: MockPool) -> None:
    database = Database(DatabaseSettings(timeout_s=0.01), mock_pool.typed())
    with pytest.raises(DatabaseError):
        async with database.transaction():
            await asyncio.sleep(60)


async def test_closed_with_its_pool(mock_pool: MockPool) -> None:
    await Database(DatabaseSettings(), mock_pool.typed()).aclose()
    assert mock_pool.closed


async def test_probe(config: Config) -> None:
    with fake_postgres() as url:
        await Database.probe(config, secrets_of(SECRETS | {f"{PREFIX}DATABASE_URL": url}))


async def test_probe_of_what_is_not_there(config: Config) -> None:
    url = "postgresql://h:hunter2@127.0.0.1:1/x"
    hasty = config.model_copy(update={"database": DatabaseSettings(timeout_s=0.2)})
    with pytest.raises(DatabaseError) as caught:
        await Database.probe(hasty, secrets_of(SECRETS | {f"{PREFIX}DATABASE_URL": url}))
    assert "hunter2" not in str(caught.value)


async def test_real_errors(real_database: Database) -> None:
    with pytest.raises(ConflictError):
        async with real_database.transaction() as connection:
            await connection.execute("INSERT INTO notes (text) VALUES ('a'), ('a')")
    with pytest.raises(DatabaseError):
        async with real_database.transaction() as connection:
            await connection.execute("SELECT hunter2")
