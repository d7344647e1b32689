"""A pool of connections to PostgreSQL, and its errors as ours."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Self

import psycopg
from psycopg_pool import AsyncConnectionPool

from my_very_long_service_name_of_forty_chars.config import Config, DatabaseSettings, Secrets
from my_very_long_service_name_of_forty_chars.errors import ConflictError, DatabaseError


class Database:
    """What modules ask for connections."""

    def __init__(self, config: DatabaseSettings, pool: AsyncConnectionPool) -> None:
        """Wrap a pool."""
        self._config, self._pool = config, pool

    @classmethod
    async def load(cls, config: Config, secrets: Secrets) -> Self:
        """Open a pool; it connects when it must."""
        pool: AsyncConnectionPool[psycopg.AsyncConnection] = AsyncConnectionPool(
            secrets.database_url.get_secret_value(),
            min_size=0,
            max_size=config.database.pool_size,
            timeout=config.database.timeout_s,
            check=AsyncConnectionPool.check_connection,  # the server may have closed it
            open=False,
        )
        await pool.open()
        return cls(config.database, pool)

    @classmethod
    async def probe(cls, config: Config, secrets: Secrets) -> None:
        """Raise DatabaseError unless the database can be asked."""
        async with (
            aclosing(await cls.load(config, secrets)) as database,
            database.transaction() as connection,
        ):
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[psycopg.AsyncConnection]:
        """Yield a connection; commit, or roll back if anything is raised."""
        try:
            async with (
                asyncio.timeout(self._config.timeout_s),
                self._pool.connection() as connection,
            ):
                yield connection
        except psycopg.errors.UniqueViolation as exc:
            raise ConflictError("There is one like it already.") from exc
        except (psycopg.Error, TimeoutError) as exc:
            raise DatabaseError("The database is unavailable.") from exc

    async def aclose(self) -> None:
        """Close the pool."""
        await self._pool.close()
