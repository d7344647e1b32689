"""Every error is answered with a problem (RFC 9457), and none repeats what the client sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from structlog.contextvars import get_contextvars

from my_very_long_service_name_of_forty_chars import NAME
from my_very_long_service_name_of_forty_chars.audit import AuditError
from my_very_long_service_name_of_forty_chars.errors import (
    AppError,
    AuthenticationError,
    RateLimitedError,
    ServiceError,
    ValidationError,
)

log = structlog.get_logger(__name__)

type _Errors = Sequence[Mapping[str, str]]

_MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 1
_SERVER_ERROR = 500

_TITLES = {
    400: "Bad request",
    401: "Unauthenticated",
    403: "Permission denied",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Payload too large",
    429: "Too many requests",
    500: "Internal error",
    503: "Service unavailable",
}
"""Our own: the phrases of http.HTTPStatus differ between versions of Python."""

_CODES = {405: "method_not_allowed", 413: "payload_too_large"} | {
    error.status: error.default_code for error in AppError.__subclasses__()
}
"""The code of what the framework refuses by itself; of any other status, `refused`."""


class FieldProblem(BaseModel):
    """What is wrong with one part of the body: `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """The body of every answer that is an error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []


def _schema() -> dict[str, Any]:
    schema = Problem.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["FieldProblem"]
    return schema


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem", "content": {_MEDIA_TYPE: {"schema": _schema()}}}
}
"""For OpenAPI; without a default, FastAPI documents a 422 that this service never answers."""


def install(app: FastAPI) -> None:
    """Replace the framework's own answers to errors."""

    async def handle(_request: Request, exc: Exception) -> JSONResponse:
        return from_exception(exc)

    for kind in (AppError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def from_exception(exc: Exception) -> JSONResponse:
    """Return the answer to an exception, and log it if we are to blame."""
    match exc:
        case AppError():
            return _from_error(exc)
        case RequestValidationError():
            details = {"errors": [_field_problem(error) for error in exc.errors()]}
            return _from_error(ValidationError("The request is not valid.", details=details))
        case HTTPException(status_code=status) if status < _SERVER_ERROR:
            return _problem(status, _CODES.get(status, "refused"), "", exc.headers)
        case AuditError():
            return _from_error(ServiceError("The audit log cannot be written."), cause=exc)
        case _:
            return _from_error(AppError("An internal error occurred."), cause=exc)


def _from_error(error: AppError, cause: Exception | None = None) -> JSONResponse:
    if error.status >= _SERVER_ERROR:
        tell = log.warning if isinstance(error, ServiceError) else log.error
        tell("http.error", code=error.code, status=error.status, exc_info=cause or error)
    headers: dict[str, str] = {}
    if isinstance(error, RateLimitedError | ServiceError):
        headers["Retry-After"] = str(error.details.get("retry_after_s", _RETRY_AFTER_S))
    if isinstance(error, AuthenticationError):
        headers["WWW-Authenticate"] = "ApiKey"
    errors = cast("_Errors", error.details.get("errors", ()))
    return _problem(error.status, error.code, error.message, headers, errors)


def _problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None, errors: _Errors = ()
) -> JSONResponse:
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    body = {
        "type": f"urn:{NAME}:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or f"{title}.",
        "code": code,
        "request_id": get_contextvars().get("request_id", ""),
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers, _MEDIA_TYPE)


def _field_problem(error: Mapping[str, Any]) -> dict[str, str]:
    """Say where and what, but with no name and no message that the client may have made up."""
    kind, detail = error["type"], error["msg"]
    where, *path = error["loc"]
    if kind == "union_tag_invalid":
        detail = "Input has an unknown tag"
    if kind.endswith("_parsing"):  # after its comma the message may quote the input
        detail = detail.partition(",")[0]
    if kind == "extra_forbidden":
        path.pop()  # it is a name in the input
    if where != "body":
        return {"pointer": "", "detail": f"{' '.join([where, *map(str, path[:1])])}: {detail}"}
    if kind == "json_invalid":
        path = []  # it is a position in the text
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
    return {"pointer": "".join(f"/{part}" for part in parts), "detail": detail}
