"""What requests share: made at start, asked before the port opens, closed in the end.

A new one (a database, a cache) gets a field, and a line in each function here; nothing else that
starts or stops the service needs to know it.
"""

from dataclasses import dataclass
from typing import Self

from my_very_long_service_name_of_forty_chars.config import Config, Secrets


@dataclass(frozen=True)
class Resources:
    """Everything that requests share: nothing yet."""

    @classmethod
    def make(cls, _config: Config, _secrets: Secrets) -> Self:
        """Make everything; connect to nothing."""
        return cls()

    @property
    def loaded(self) -> dict[str, bool]:
        """What /readyz tells."""
        return {}

    async def probe(self, _timeout_s: float) -> list[str]:
        """Ask everything until it answers or the time is up; return what did not answer."""
        return []

    async def aclose(self) -> None:
        """Close everything."""
