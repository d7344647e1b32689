import logging
import re

import pytest
import structlog

from tests.conftest import LogStream

log = structlog.get_logger("ours")


def fail() -> None:
    canary = "hunter2"
    raise ValueError(canary) from KeyError(canary)


def test_our_record(logged: LogStream) -> None:
    log.info("thing.done", status=200, question="hunter2")
    (line,) = logged.lines("thing.done")
    assert (line["status"], line["question"], line["level"]) == (200, "[hidden]", "info")
    assert {"timestamp", "logger", "service", "version"} < line.keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", str(line["timestamp"]))


@pytest.mark.parametrize("ours", [True, False])
def test_text_is_dropped_but_its_place_is_kept(logged: LogStream, *, ours: bool) -> None:
    if ours:
        log.warning("the user said hunter2")
    else:
        logging.getLogger("theirs").warning("%s", "hunter2", extra={"x": "hunter2"})
    (line,) = logged.lines("foreign.record")
    assert line["logger"] == ("ours" if ours else "theirs")
    assert re.fullmatch(r"test_logs\.py:\d+", str(line["source"]))
    assert "hunter2" not in logged.getvalue()


@pytest.mark.parametrize("how", ["truth", "instance", "foreign"])
def test_exception_has_no_message_and_no_locals(logged: LogStream, how: str) -> None:
    try:
        fail()
    except ValueError as exc:
        error = exc
        if how == "truth":
            log.exception("thing.failed")
    if how == "instance":
        log.error("thing.failed", exc_info=error)
    if how == "foreign":
        triple = (ValueError, error, error.__traceback__)
        logging.getLogger("theirs").error("hunter2", exc_info=triple)
    (line,) = logged.lines("foreign.record" if how == "foreign" else "thing.failed")
    assert (line["error_type"], line["error_chain"]) == ("ValueError", ["ValueError", "KeyError"])
    assert re.search(r"test_logs\.py:\d+:fail", str(line["frames"]))
    assert "hunter2" not in logged.getvalue()


def test_no_exception(logged: LogStream) -> None:
    log.info("thing.done", exc_info=None)
    assert "frames" not in logged.lines("thing.done")[0]
