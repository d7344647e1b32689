"""Texts in the database: a sample, to be replaced. It knows nothing of HTTP."""

from collections.abc import Sequence
from itertools import batched

from my_very_long_service_name_of_forty_chars.database import Database
from my_very_long_service_name_of_forty_chars.errors import NotFoundError

_INSERT = """
INSERT INTO notes (text)
SELECT text FROM unnest(%s::text[]) WITH ORDINALITY AS new (text, place) ORDER BY place
RETURNING id
"""


async def add(database: Database, texts: Sequence[str], batch_size: int) -> list[int]:
    """Add all texts or none, a batch in each statement; return their ids, in order."""
    ids: list[int] = []
    async with database.transaction() as connection:
        for batch in batched(texts, batch_size):
            cursor = await connection.execute(_INSERT, [list(batch)])
            ids += [row[0] for row in await cursor.fetchall()]
    return ids


async def get(database: Database, note_id: int) -> str:
    """Return the text of a note."""
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT text FROM notes WHERE id = %s", [note_id])
        row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("There is no such note.")
    return str(row[0])
