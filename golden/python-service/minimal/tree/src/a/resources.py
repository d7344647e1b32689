"""What requests share. Each is probed before the port opens and made when it is first needed.

A new one (a cache, a queue) gets a field, a line in `make` and a line in `PROBES`; nothing else
that starts or stops the service needs to know it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from a.config import Config, Secrets
from a.lazy import Lazy

type Probe = Callable[[Config, Secrets], Awaitable[None]]


@dataclass(frozen=True)
class Resources:
    """Everything that requests share: nothing yet."""

    @classmethod
    def make(cls, _config: Config, _secrets: Secrets) -> Self:
        """Prepare everything; connect to nothing."""
        return cls()

    @property
    def loaded(self) -> dict[str, bool]:
        """What /readyz tells: which of them have been needed yet."""
        return {lazy.name: lazy.loaded for lazy in self._all()}

    async def aclose(self) -> None:
        """Close everything that was made."""
        await asyncio.gather(*(lazy.aclose() for lazy in self._all()))

    def _all(self) -> list[Lazy[Any]]:
        return [getattr(self, field.name) for field in fields(self)]


PROBES: Mapping[str, Probe] = {}
"""How to ask each whether it is there, by the setting to look at when it is not."""
