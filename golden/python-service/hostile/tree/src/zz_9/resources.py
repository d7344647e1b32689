"""What requests share: made at start, asked before the port opens, closed in the end.

A new one (a database, a cache) gets a field, and a line in each function here; nothing else that
starts or stops the service needs to know it.
"""

import asyncio
from dataclasses import dataclass
from typing import Self

from zz_9.config import Config, Secrets
from zz_9.errors import LLMError
from zz_9.llm import HTTPLLMClient, LLMClient

_PAUSE_S = 0.25


@dataclass(frozen=True)
class Resources:
    """Everything that requests share."""

    llm: LLMClient

    @classmethod
    def make(cls, config: Config, secrets: Secrets) -> Self:
        """Make everything; connect to nothing."""
        return cls(llm=HTTPLLMClient(config.llm, secrets.llm_api_key.get_secret_value()))

    @property
    def loaded(self) -> dict[str, bool]:
        """What /readyz tells."""
        return {"llm": True}

    async def probe(self, timeout_s: float) -> list[str]:
        """Ask everything until it answers or the time is up; return what did not answer."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        await self.llm.probe()
                    except LLMError:
                        await asyncio.sleep(_PAUSE_S)
                    else:
                        return []
        except TimeoutError:
            return [f"llm.base_url: the language model gave no good answer in {timeout_s:g} s"]

    async def aclose(self) -> None:
        """Close everything."""
        await self.llm.aclose()
