"""Put the application together. There is no global one: whoever needs one makes one."""

from fastapi import FastAPI

from my_very_long_service_name_of_forty_chars import DESCRIPTION, NAME, __version__
from my_very_long_service_name_of_forty_chars.api import (
    answers,
    auth,
    embeddings,
    health,
    notes,
    problems,
)
from my_very_long_service_name_of_forty_chars.api.health import State
from my_very_long_service_name_of_forty_chars.api.middleware import RequestContext
from my_very_long_service_name_of_forty_chars.audit import AuditLog
from my_very_long_service_name_of_forty_chars.config import Config, Secrets
from my_very_long_service_name_of_forty_chars.resources import Resources


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
    notes.add_routes(protected, resources, config.database)
    app.include_router(protected)
    return app
