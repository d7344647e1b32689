"""Put the application together. There is no global one: whoever needs one makes one."""

from fastapi import FastAPI

from a import DESCRIPTION, NAME, __version__
from a.api import (
    answers,
    auth,
    health,
    problems,
)
from a.api.health import State
from a.api.middleware import RequestContext
from a.audit import AuditLog
from a.config import Config, Secrets
from a.resources import Resources


def create_app(
    config: Config, secrets: Secrets, resources: Resources, audit: AuditLog, state: State
) -> FastAPI:
    """Wire all that handles requests; connect to nothing."""
    app = FastAPI(
        title=NAME,
        description=DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # its Location would repeat the query
        responses=problems.RESPONSES,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(RequestContext, config=config.server, audit=audit)
    problems.install(app)
    app.include_router(health.router(resources, audit, state))

    protected = auth.router(secrets.api_key, audit, prefix="/v1")
    answers.add_routes(protected, config.limits)
    app.include_router(protected)
    return app
