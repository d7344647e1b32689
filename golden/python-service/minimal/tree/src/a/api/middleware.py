"""Around every request: its ids, its limits, its line in the log, the last resort."""

import asyncio
import contextlib
import re
import time
import uuid
from collections.abc import Callable

import structlog
from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from a.api import problems
from a.audit import AuditError, AuditLog
from a.config import Server
from a.errors import ServiceError

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
_CLIENT_LEFT = 499

UNAUDITED = {"/livez", "/readyz"}
"""What is asked all the time, and is not in the audit log."""

ACTOR = "actor"
"""Where a request's scope says who is asking, once that is known."""


def new_id() -> str:
    """Return a new request id."""
    return uuid.uuid4().hex


def endpoint(scope: Scope) -> dict[str, str]:
    """Return what logs may say of where a request went: nothing in it is the client's."""
    return {
        "method": scope["method"] if scope["method"] in _METHODS else "OTHER",
        "route": getattr(scope.get("route"), "path", "unmatched"),
    }


class RequestContext:
    """Pure ASGI, so that what it sets is seen in every handler."""

    def __init__(
        self, app: ASGIApp, config: Server, audit: AuditLog, ids: Callable[[], str] = new_id
    ) -> None:
        """Wrap an application."""
        self._app, self._config, self._audit, self._ids = app, config, audit, ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; whatever it raises ends here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self._bind(headers)
        started, status = time.perf_counter(), 0

        async def send_recorded(message: Message) -> None:
            """Answer only what is in the audit log, if it can be written."""
            nonlocal status
            if message["type"] == "http.response.start":
                if not self._audit.failed:
                    self._record(scope, message["status"])
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            if self._audit.failed and scope["path"] not in UNAUDITED:
                raise AuditError  # noqa: TRY301 what cannot be recorded is not done
            await self._answer(scope, self._limited(headers, receive), send_recorded)
        except Exception as exc:  # noqa: BLE001 the last resort
            answer = problems.from_exception(exc)
            if not status:
                await answer(scope, receive, send_recorded)
        finally:
            if not status:
                status = _CLIENT_LEFT
                with contextlib.suppress(AuditError):
                    self._record(scope, status)
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            log.info("http.request", **endpoint(scope), status=status, duration_ms=duration_ms)

    def _record(self, scope: Scope, status: int) -> None:
        where = endpoint(scope)
        if where["route"] not in UNAUDITED:
            actor = scope.get(ACTOR, "anonymous")
            self._audit.append("http.access", actor=actor, **where, status=status)
            self._audit.sync_soon()

    def _bind(self, headers: Headers) -> str:
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else self._ids()
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        if trace := _TRACEPARENT.fullmatch(headers.get("traceparent", "")):
            bind_contextvars(trace_id=trace[1])
        return request_id

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        deadline = asyncio.timeout(self._config.request_timeout_s)
        try:
            async with deadline:
                await self._app(scope, receive, send)
        except TimeoutError as exc:
            if deadline.expired():
                raise ServiceError("The request took too long.") from exc
            raise

    def _limited(self, headers: Headers, receive: Receive) -> Receive:
        """Refuse a body that is too large: before it comes if it says so, else when it is."""
        most, got = self._config.max_body_bytes, 0
        told = int(headers.get("content-length", "0"))

        async def limited() -> Message:
            nonlocal got
            if told <= most:
                message = await receive()
                got += len(message.get("body", b""))
                if got <= most:
                    return message
            raise HTTPException(413, headers={"Connection": "close"})

        return limited
