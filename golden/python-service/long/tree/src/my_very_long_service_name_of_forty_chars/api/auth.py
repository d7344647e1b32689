"""Who is asking."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any, override

from fastapi import APIRouter, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from my_very_long_service_name_of_forty_chars.api.middleware import ACTOR, endpoint
from my_very_long_service_name_of_forty_chars.audit import AuditLog
from my_very_long_service_name_of_forty_chars.errors import AuthenticationError


class _Key(APIKeyHeader):
    """Refuse a request without the key, and record that; OpenAPI describes it by its base."""

    def __init__(self, api_key: SecretStr, audit: AuditLog) -> None:
        super().__init__(name="X-API-Key", scheme_name="APIKeyHeader")
        self._expected, self._audit = api_key.get_secret_value().encode(), audit

    @override
    async def __call__(self, request: HTTPConnection) -> None:
        given = request.headers.get(self.model.name, "").encode()
        if not hmac.compare_digest(given, self._expected):
            self._audit.append("auth.denied", actor="anonymous", **endpoint(request.scope))
            await self._audit.sync()
            raise AuthenticationError("A valid API key is required.")
        request.scope[ACTOR] = "api-key"


def router(api_key: SecretStr, audit: AuditLog, prefix: str) -> APIRouter:
    """Return a router whose requests all carry the key.

    FastAPI reads the body before it asks any dependency; a route class comes before that. Routes
    of a router that this one includes have their own class, and are refused by the dependency.
    """
    key = _Key(api_key, audit)

    class ProtectedRoute(APIRoute):
        @override
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def protected(request: Request) -> Response:
                await key(request)
                return await handle(request)

            return protected

    return APIRouter(prefix=prefix, route_class=ProtectedRoute, dependencies=[Security(key)])
