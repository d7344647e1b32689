import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.contextvars import bind_contextvars

from zz_9 import audit, chain, logs
from zz_9.audit import AuditError, AuditLog
from zz_9.chain import TamperedError

from tests.conftest import LogStream

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "audit.jsonl"


def clock() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


async def written(path: Path, count: int) -> chain.Head:
    log = AuditLog(path, KEY, clock=clock)
    for _ in range(count):
        log.append("http.access", status=200)
    await log.aclose()
    return log.head


def write(path: Path, count: int) -> chain.Head:
    return asyncio.run(written(path, count))


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_chain_goes_on_after_a_restart(path: Path) -> None:
    write(path, 1)
    write(path, 2)
    head = write(path, 1)
    assert (head.seq, chain.verify([path], KEY)[1]) == (4, head)
    assert path.stat().st_mode & 0o777 == 0o600
    record = records(path)[0]
    assert list(record) == ["seq", "ts", "event", "status", "mac"]
    assert record["ts"] == "2026-01-02T03:04:05.000006Z"


async def test_time_is_utc(path: Path) -> None:
    log = AuditLog(path, KEY)
    before = datetime.now(UTC).isoformat()
    log.append("http.access")
    assert before[:19] <= str(records(path)[0]["ts"])[:19] <= datetime.now(UTC).isoformat()
    await log.aclose()


def test_torn_line_is_cut_off_and_recorded(path: Path) -> None:
    write(path, 2)
    with path.open("ab") as file:
        file.write(b'{"seq":3')
    assert write(path, 1) == chain.verify([path], KEY)[1]
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
    asyncio.run(log.aclose())


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


async def append_and_sync(log: AuditLog) -> None:
    log.append("http.access")
    await log.sync()


async def test_parallel_callers_share_an_fsync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(path, KEY)
    synced: list[int] = []
    real = os.fsync

    def counted(file: int) -> None:
        synced.append(log.head.seq)
        real(file)

    monkeypatch.setattr(os, "fsync", counted)
    await asyncio.gather(*(append_and_sync(log) for _ in range(100)))
    assert synced[-1] == 100
    assert len(synced) < 3
    log.append("http.access")
    log.sync_soon()
    log.sync_soon()
    await asyncio.sleep(0.2)
    await log.sync()
    assert synced[-1] == 101
    assert len(synced) < 5
    await log.aclose()


async def test_request_is_named(path: Path) -> None:
    log = AuditLog(path, KEY)

    async def request(request_id: str) -> None:
        bind_contextvars(request_id=request_id)
        log.append("http.access")

    await asyncio.gather(*(request(i) for i in "abc"))
    log.append("service.stopped")
    assert [record.get("request_id") for record in records(path)] == ["a", "b", "c", None]
    await log.aclose()


async def test_checkpoints(path: Path, logged: LogStream) -> None:
    log = AuditLog(path, KEY, checkpoint_every=2)
    for _ in range(5):
        log.append("http.access")
    await log.aclose()
    checkpoints = logged.lines("audit.checkpoint")
    assert [line["seq"] for line in checkpoints] == [2, 4, 5]
    assert checkpoints[0]["mac"] == records(path)[1]["mac"]


def fail(*_: object) -> int:
    raise OSError(28, "No space left on device")


def half(file: int, data: bytes) -> int:
    return os.writev(file, [data[: len(data) // 2]])


@pytest.mark.parametrize(("name", "broken"), [("write", fail), ("write", half), ("fsync", fail)])
async def test_first_failure_is_the_last_write(
    path: Path,
    logged: LogStream,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    broken: Callable[..., int],
) -> None:
    await written(path, 1)
    log = AuditLog(path, KEY)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, broken)
        with pytest.raises(AuditError):
            await append_and_sync(log)
    assert log.failed
    with pytest.raises(AuditError):
        log.append("http.access")
    assert len(logged.lines("audit.failed")) == 1
    assert chain.verify([path], KEY)[1] == log.head
    await log.aclose()


async def test_nothing_is_written_after_close(path: Path) -> None:
    log = AuditLog(path, KEY)
    await log.aclose()
    with path.open("rb"), pytest.raises(AuditError):  # open takes the number that close gave back
        log.append("http.access")


def rotate(path: Path) -> Path:
    log = AuditLog(path, KEY)
    aside = log.rotate()
    asyncio.run(log.aclose())
    return aside


def test_rotate(path: Path) -> None:
    head = write(path, 3)
    aside = rotate(path)
    assert aside == path.with_name("audit.000000000003.jsonl")
    assert records(path)[0]["previous_mac"] == head.mac.hex()
    assert path.stat().st_mode & 0o777 == 0o600
    assert write(path, 1).seq == 5
    rotate(path)
    assert write(path, 0).seq == 6
    files = audit.files(path)
    assert [file.name for file in files] == [
        "audit.000000000003.jsonl",
        "audit.000000000005.jsonl",
        "audit.jsonl",
    ]
    assert chain.verify(files, KEY, [head])[1].seq == 6
    assert not list(path.parent.glob(".*"))


def test_rotation_that_was_killed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, 3)
    log = AuditLog(path, KEY)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space"):
            log.rotate()
    asyncio.run(log.aclose())
    assert audit.files(path) == [path]
    write(path, 1)
    rotate(path)
    assert [file.name for file in audit.files(path)] == ["audit.000000000004.jsonl", "audit.jsonl"]
    assert chain.verify(audit.files(path), KEY)[1].seq == 5


async def test_checkpoints_are_logged_at_any_level(path: Path) -> None:
    stream = LogStream()
    logs.configure("ERROR", stream)
    await written(path, 1)
    assert [line["seq"] for line in stream.lines("audit.checkpoint")] == [1]
