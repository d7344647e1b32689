"""Put the application together. There is no global one: whoever needs one makes one."""

from fastapi import FastAPI

from zz_9 import DESCRIPTION, NAME, __version__
from zz_9.api import (
    answers,
    auth,
    embeddings,
    health,
    problems,
)
from zz_9.api.health import State
from zz_9.api.middleware import RequestContext
from zz_9.audit import AuditLog
from zz_9.config import Config, Secrets
from zz_9.resources import Resources


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
    answers.add_routes(protected, resources, config.limits)
    if config.features.embeddings:
        embeddings.add_routes(protected, resources)
    app.include_router(protected)
    return app
