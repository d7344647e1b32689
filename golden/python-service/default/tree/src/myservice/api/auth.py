"""Who is asking."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any, override

from fastapi import APIRouter, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from pydantic import SecretStr

from myservice.api.middleware import ACTOR, endpoint
from myservice.audit import AuditLog
from myservice.errors import AuthenticationError

_HEADER = "X-API-Key"


def router(api_key: SecretStr, audit: AuditLog, prefix: str) -> APIRouter:
    """Return a router whose requests all carry the key.

    FastAPI reads the body before it asks any dependency; a route class comes before that.
    """
    expected = api_key.get_secret_value().encode()

    class ProtectedRoute(APIRoute):
        @override
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def protected(request: Request) -> Response:
                given = request.headers.get(_HEADER, "").encode()
                if not hmac.compare_digest(given, expected):
                    audit.append("auth.denied", actor="anonymous", **endpoint(request.scope))
                    await audit.sync()
                    raise AuthenticationError("A valid API key is required.")
                request.scope[ACTOR] = "api-key"
                return await handle(request)

            return protected

    described = Security(APIKeyHeader(name=_HEADER, auto_error=False))  # for OpenAPI only
    return APIRouter(prefix=prefix, route_class=ProtectedRoute, dependencies=[described])
