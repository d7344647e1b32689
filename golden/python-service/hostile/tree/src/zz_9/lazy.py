"""Values that are made when they are first needed, once, and shared until the service stops."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from zz_9.errors import ServiceError

log = structlog.get_logger(__name__)


class Closable(Protocol):
    """What a value must be able to do."""

    async def aclose(self) -> None:
        """Give everything back."""


class Lazy[T: Closable]:
    """One value. A failure to make it is not kept: the next who needs it tries again."""

    def __init__(self, name: str, load: Callable[[], Awaitable[T]]) -> None:
        """Remember how to make the value; make nothing."""
        self.name, self._load = name, load
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._closed = False

    @property
    def loaded(self) -> bool:
        """Whether somebody has needed it yet."""
        return self._value is not None

    async def get(self) -> T:
        """Return the value; the first to ask makes it, and the others wait."""
        if self._value is None:
            async with self._lock:
                if self._closed:
                    raise ServiceError("The service is stopping.")
                if self._value is None:
                    started = time.perf_counter()
                    self._value = await self._load()
                    duration_ms = round((time.perf_counter() - started) * 1000, 2)
                    log.info("resource.loaded", resource=self.name, duration_ms=duration_ms)
        return self._value

    async def aclose(self) -> None:
        """Close the value if there is one; make none from now on."""
        async with self._lock:
            self._closed = True
            value, self._value = self._value, None
            if value is not None:
                await value.aclose()
