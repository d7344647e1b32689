"""Logs for machines: one JSON object a line on stdout, without a word of what anybody typed.

Three rules keep input and secrets out. Only the fields in FIELDS are written. An event is a dotted
name such as `http.request`; any other text, as every library's, is dropped and its place in the
source is kept instead. An exception is written as types and frames, without message and locals.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from a import NAME, __version__

FIELDS = (
    *("timestamp", "level", "event", "logger", "service", "version", "request_id", "trace_id"),
    *("method", "route", "status", "duration_ms", "code", "problems", "port"),
    *("resource", "model", "items", "seq", "mac"),
    *("source", "error_type", "error_chain", "frames"),
)
"""What may be logged, in this order. A new field must have no room for input or a secret."""

_EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_MAX_FRAMES = 12


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all that we and the libraries log to stdout, or to a stream."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("%Y-%m-%dT%H:%M:%S.%fZ"),  # "iso" drops .000000
        _add_service,
        _describe_exception,
    ]
    after: list[Processor] = [_hide_text, _keep_fields, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)
    handler.setFormatter(formatter)
    logging.raiseExceptions = False  # a full disk is no reason to write tracebacks
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger(f"{__package__}.audit").setLevel(logging.INFO)  # for its checkpoints
    most = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    for name in ("httpcore2", "httpx2", "uvicorn"):
        logging.getLogger(name).setLevel(most)


def _add_service(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    fields.update(service=NAME, version=__version__)
    return fields


def _describe_exception(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    exc = _exception(fields.pop("exc_info", None))
    if exc is not None:
        frames = traceback.extract_tb(exc.__traceback__)[-_MAX_FRAMES:]
        chain = [type(link).__qualname__ for link in _chain(exc)]
        fields.update(
            error_type=chain[0],
            error_chain=chain,
            frames=[f"{file.rpartition('/')[2]}:{line}:{name}" for file, line, name, _ in frames],
        )
    return fields


def _exception(info: object) -> BaseException | None:
    """Take all that `exc_info` may be: an exception, the triple of `logging`, a truth value."""
    if isinstance(info, tuple):
        info = cast("tuple[object, ...]", info)[1]
    if isinstance(info, BaseException):
        return info
    return sys.exception() if info else None


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__


def _hide_text(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    record = cast("logging.LogRecord", fields.pop("_record"))
    ours = fields.pop("_from_structlog") and _EVENT.fullmatch(fields["event"])
    if not ours:
        fields.update(event="foreign.record", source=f"{record.filename}:{record.lineno}")
    return fields


def _keep_fields(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    kept = {name: fields[name] for name in FIELDS if name in fields}
    return kept | {name: "[hidden]" for name in fields if name not in kept}
