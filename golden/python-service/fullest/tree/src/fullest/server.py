"""Serve, and stop without losing a request."""

import asyncio
import contextlib
import socket
import time
from types import FrameType
from typing import override

import structlog
import uvicorn

from fullest.api.app import create_app
from fullest.api.health import State
from fullest.audit import AuditError
from fullest.config import Config, Secrets
from fullest.startup import audit_problems, prepare

log = structlog.get_logger(__name__)

_CANCEL_S = 1


async def serve(config: Config, secrets: Secrets) -> int:
    """Serve until SIGTERM or SIGINT; return how many requests were not finished."""
    async with prepare(config, secrets) as opened:
        audit, state = opened.audit, State()
        with audit_problems():
            audit.append("config.loaded", config_sha256=config.sha256)
            audit.append("service.started")
            await audit.sync()
        settings = uvicorn.Config(
            create_app(config, secrets, opened.resources, audit, state),
            access_log=False,  # ours has no path, no query, no agent
            lifespan="off",
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=config.server.shutdown_grace_s,
            ws="none",
        )
        server = Server(settings, state, config.server.drain_s)
        await server.serve([opened.listener])
        with contextlib.suppress(AuditError):  # it is in the log already
            audit.append("service.stopped")
    log.info("service.stopped")
    return server.unfinished


class Server(uvicorn.Server):
    """uvicorn, with our way to stop.

    At the first signal /readyz turns to 503, and the port stays open for `drain_s`, so that load
    balancers can look away before it closes. A second signal forces. Neither is raised again in
    the end, so that a service that was asked to stop exits with 0.
    """

    def __init__(self, config: uvicorn.Config, state: State, drain_s: float) -> None:
        """Remember whom to tell, and how long to wait."""
        super().__init__(config)
        self.unfinished = 0
        self._state, self._drain_s, self._close_at = state, drain_s, float("inf")

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        ports = [listener.getsockname()[1] for listener in sockets or ()]
        log.info("service.started", port=ports[0])

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._state.stopping:  # not here: a request may just be in its last line
            asyncio.get_running_loop().call_soon_threadsafe(self._force)
        self._state.stopping = True
        self._close_at = min(self._close_at, time.monotonic() + self._drain_s)

    def _force(self) -> None:
        self.should_exit = self.force_exit = True
        self._count_unfinished()
        for connection in self.server_state.connections:
            connection.transport.abort()

    def _count_unfinished(self) -> None:
        self.unfinished += sum(not task.done() for task in self.server_state.tasks)

    @override
    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() >= self._close_at

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if not self.force_exit:
            self._count_unfinished()
        if tasks := self.server_state.tasks.copy():  # end them while the resources are open
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_CANCEL_S)
