"""What requests share. Each is probed before the port opens and made when it is first needed.

A new one (a cache, a queue) gets a field, a line in `make` and a line in `PROBES`; nothing else
that starts or stops the service needs to know it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Self

from my_very_long_service_name_of_forty_chars.config import Config, Secrets
from my_very_long_service_name_of_forty_chars.database import Database
from my_very_long_service_name_of_forty_chars.lazy import Lazy
from my_very_long_service_name_of_forty_chars.llm import HTTPLLMClient, LLMClient

type Probe = Callable[[Config, Secrets], Awaitable[None]]


@dataclass(frozen=True)
class Resources:
    """Everything that requests share."""

    llm: Lazy[LLMClient]
    database: Lazy[Database]

    @classmethod
    def make(cls, config: Config, secrets: Secrets) -> Self:
        """Prepare everything; connect to nothing."""
        return cls(
            llm=Lazy("llm", partial(HTTPLLMClient.load, config, secrets)),
            database=Lazy("database", partial(Database.load, config, secrets)),
        )

    @property
    def loaded(self) -> dict[str, bool]:
        """What /readyz tells: which of them have been needed yet."""
        return {lazy.name: lazy.loaded for lazy in self._all()}

    async def aclose(self) -> None:
        """Close everything that was made."""
        await asyncio.gather(*(lazy.aclose() for lazy in self._all()))

    def _all(self) -> list[Lazy[Any]]:
        return [getattr(self, field.name) for field in fields(self)]


PROBES: Mapping[str, Probe] = {
    "llm.base_url: the language model": HTTPLLMClient.probe,
    "MY_VERY_LONG_SERVICE_NAME_OF_FORTY_CHARS_DATABASE_URL: the database": Database.probe,
}
"""How to ask each whether it is there, by the setting to look at when it is not."""
