import asyncio
import json
import os
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.contextvars import bind_contextvars

from a import audit, chain
from a.audit import AuditError, AuditLog
from a.chain import TamperedError

from tests.conftest import LogStream

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "audit.jsonl"


def clock() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def write(path: Path, count: int) -> chain.Head:
    log = AuditLog(path, KEY, clock=clock)
    for _ in range(count):
        log.append("http.access", status=200)
    log.close()
    return log.head


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_chain_goes_on_after_a_restart(path: Path) -> None:
    write(path, 1)
    write(path, 2)
    head = write(path, 1)
    assert (head.seq, chain.verify([path], KEY)) == (4, head)
    assert path.stat().st_mode & 0o777 == 0o600
    record = records(path)[0]
    assert list(record) == ["seq", "ts", "event", "status", "mac"]
    assert record["ts"] == "2026-01-02T03:04:05.000006Z"


def test_time_is_utc() -> None:
    assert audit.now().tzinfo is UTC


def test_torn_line_is_cut_off_and_recorded(path: Path) -> None:
    write(path, 2)
    with path.open("ab") as file:
        file.write(b'{"seq":3')
    assert write(path, 1) == chain.verify([path], KEY)
    record = records(path)[2]
    assert (record["event"], record["cut_bytes"]) == ("audit.recovered", 8)


def test_forged_end_is_refused(path: Path) -> None:
    write(path, 1)
    path.write_bytes(path.read_bytes().replace(b"200", b"500"))
    with pytest.raises(TamperedError):
        AuditLog(path, KEY)
    path.unlink()
    write(path, 1)  # the failure above left nothing locked


def test_one_writer(path: Path) -> None:
    log = AuditLog(path, KEY)
    with pytest.raises(BlockingIOError):
        AuditLog(path, KEY)
    log.close()


def test_file_that_was_rotated_while_it_was_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, 1)

    def swap(_file: int, _operation: int) -> None:
        path.rename(path.with_name("other"))
        path.touch()

    monkeypatch.setattr("fcntl.flock", swap)
    with pytest.raises(BlockingIOError):
        AuditLog(path, KEY)


async def test_parallel_callers_share_a_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(path, KEY)
    syncs: list[int] = []
    sync = os.fsync

    def counted(file: int) -> None:
        syncs.append(file)
        sync(file)

    monkeypatch.setattr(os, "fsync", counted)
    await asyncio.gather(*(log.record("http.access", status=n) for n in range(100)))
    assert len(syncs) < 10
    assert [record["status"] for record in records(path)] == list(range(100))
    log.close()


async def test_request_is_named(path: Path) -> None:
    log = AuditLog(path, KEY)

    async def request(request_id: str) -> None:
        bind_contextvars(request_id=request_id)
        await log.record("http.access")

    await asyncio.gather(*(request(i) for i in "abc"))
    log.append("service.stopped")
    assert [record.get("request_id") for record in records(path)] == ["a", "b", "c", None]
    log.close()


async def test_checkpoint_belongs_to_no_request(path: Path, logged: LogStream) -> None:
    log = AuditLog(path, KEY, checkpoint_every=2)
    bind_contextvars(request_id="a")
    for _ in range(5):
        await log.record("http.access")
    first, second = logged.lines("audit.checkpoint")
    assert (first["seq"], second["seq"]) == (2, 4)
    assert first["mac"] == records(path)[1]["mac"]
    assert "request_id" not in first
    Context().run(log.close)
    assert logged.lines("audit.checkpoint")[-1]["seq"] == 5


async def test_caller_who_leaves_is_recorded(path: Path) -> None:
    log = AuditLog(path, KEY)
    calls = [asyncio.create_task(log.record("http.access", status=n)) for n in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    await asyncio.wait(calls)
    assert [call.cancelled() for call in calls] == [False, True, False]
    assert len(records(path)) == 3
    log.close()


def fail(*_: object) -> int:
    raise OSError(28, "No space left on device")


def half(file: int, data: bytearray) -> int:
    if len(data) < 100:
        fail()
    return os.pwrite(file, data[: len(data) // 2], 0)


@pytest.mark.parametrize(("name", "broken"), [("fsync", fail), ("write", fail), ("write", half)])
async def test_first_failure_is_the_last_write(
    path: Path,
    logged: LogStream,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    broken: Callable[..., int],
) -> None:
    write(path, 1)
    log = AuditLog(path, KEY)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, broken)
        with pytest.raises(AuditError):
            await log.record("http.access")
    assert log.failed
    with pytest.raises(AuditError):
        log.append("http.access")
    assert len(logged.lines("audit.failed")) == 1
    assert chain.verify([path], KEY).seq == 1
    log.close()


def test_nothing_is_written_after_close(path: Path) -> None:
    log = AuditLog(path, KEY)
    log.close()
    with path.open("rb"), pytest.raises(AuditError):  # open takes the number that close gave back
        log.append("http.access")


def test_rotate(path: Path) -> None:
    head = write(path, 3)
    aside = audit.rotate(path, KEY, clock)
    assert aside == path.with_name("audit.000000000003.jsonl")
    assert records(path)[0]["previous_mac"] == head.mac.hex()
    assert path.stat().st_mode & 0o777 == 0o600
    assert write(path, 1).seq == 5
    audit.rotate(path, KEY)
    assert write(path, 0).seq == 6
    files = audit.files(path)
    assert [file.name for file in files] == [
        "audit.000000000003.jsonl",
        "audit.000000000005.jsonl",
        "audit.jsonl",
    ]
    assert chain.verify(files, KEY, head).seq == 6
    assert not list(path.parent.glob(".*"))
