"""Whether the process lives, and whether it wants requests."""

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from a.audit import AuditError, AuditLog
from a.errors import ServiceError
from a.resources import Resources


@dataclass
class State:
    """What the server tells the application."""

    stopping: bool = False


class Live(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Requests are welcome; `loaded` says which resources are in use."""

    status: Literal["ready"] = "ready"
    loaded: dict[str, bool]


def router(resources: Resources, audit: AuditLog, state: State) -> APIRouter:
    """Return the routes that need no key."""
    routes = APIRouter()

    @routes.get("/livez")
    async def livez() -> Live:
        return Live()

    @routes.get("/readyz")
    async def readyz() -> Ready:
        if state.stopping:
            raise ServiceError("The service is stopping.")
        if audit.failed:
            raise AuditError
        return Ready(loaded=resources.loaded)

    return routes
