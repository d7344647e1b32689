"""The audit log: who did what. Append-only, and chained (see `chain`) so that a change shows."""

import asyncio
import contextlib
import errno
import fcntl
import glob
import os
import threading
from collections.abc import Callable, Sequence
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog
from structlog.contextvars import get_contextvars

from a import chain

log = structlog.get_logger(__name__)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class AuditError(Exception):
    """The log cannot be written. No AppError, since it may come when an answer has begun."""


class _Record(NamedTuple):
    ts: str
    event: str
    fields: dict[str, str | int]


class AuditLog:
    """The one writer of a file. After the first write that fails it is `failed` for good."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        checkpoint_every: int = 1000,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Lock the file, cut off a line that a crash has torn, go on after the last record."""
        self._key, self._every, self._clock = key, checkpoint_every, clock
        self._lock = threading.Lock()
        self._waiting: list[tuple[_Record, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self.failed = False
        self._file = _open_locked(path)
        try:
            self.head, end = chain.read_tail(self._file, key)
            cut = os.fstat(self._file).st_size - end
            os.ftruncate(self._file, end)
            if cut:
                self.append("audit.recovered", cut_bytes=cut)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, event: str, **fields: str | int) -> None:
        """Write one record; return when it is on the disk, or raise AuditError.

        A field is an id, a name of ours or a number, never what somebody typed.
        """
        self._write([self._record(event, fields)])

    async def record(self, event: str, **fields: str | int) -> None:
        """Append without blocking: all who wait at a time share one write and one fsync."""
        done = asyncio.get_running_loop().create_future()
        if request_id := get_contextvars().get("request_id"):
            fields["request_id"] = request_id
        self._waiting.append((self._record(event, fields), done))
        if self._writer is None:  # it belongs to no request, so it has none's context
            self._writer = asyncio.create_task(self._write_waiting(), context=Context())
        await done

    def close(self) -> None:
        """Write a checkpoint and let go of the file."""
        with self._lock:
            self._checkpoint()
            os.close(self._file)
            self._file = -1  # a late append fails, and does not write to another file

    def _record(self, event: str, fields: dict[str, str | int]) -> _Record:
        ts = self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return _Record(ts, event, fields)

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            failure = None
            try:
                await asyncio.to_thread(self._write, [record for record, _ in batch])
            except AuditError as exc:
                failure = exc
            for _, done in batch:
                if done.cancelled():
                    continue
                if failure:
                    done.set_exception(failure)
                else:
                    done.set_result(None)
        self._writer = None

    def _write(self, records: Sequence[_Record]) -> None:
        with self._lock:
            head, lines = self.head, bytearray()
            for record in records:
                head, line = chain.extend(head, self._key, *record)
                lines += line
            self._write_bytes(lines)
            due = head.seq // self._every > self.head.seq // self._every
            self.head = head
            if due:
                self._checkpoint()

    def _write_bytes(self, data: bytearray) -> None:
        """Write all or nothing, and nothing ever again after a failure: the disk is in doubt."""
        if self.failed:
            raise AuditError
        size = None
        try:
            size = os.fstat(self._file).st_size
            while data:
                del data[: os.write(self._file, data)]
            os.fsync(self._file)
        except OSError as exc:
            self.failed = True
            log.exception("audit.failed")
            with contextlib.suppress(OSError):
                if size is not None:
                    os.ftruncate(self._file, size)
            raise AuditError from exc

    def _checkpoint(self) -> None:
        """Tell the application log how far the chain goes: a witness if its end is cut off."""
        log.info("audit.checkpoint", seq=self.head.seq, mac=self.head.mac.hex())


def files(path: Path) -> list[Path]:
    """Return the rotated files of an audit log, oldest first, then the file itself."""
    pattern = f"{glob.escape(path.stem)}.{'[0-9]' * 12}{glob.escape(path.suffix)}"
    return [*sorted(path.parent.glob(pattern)), path]


def rotate(path: Path, key: bytes, clock: Callable[[], datetime] = now) -> Path:
    """Put the file aside as NAME.LAST-SEQ.jsonl and begin a new one that carries the chain on."""
    audit = AuditLog(path, key, clock=clock)
    try:
        last = audit.head
        aside = path.with_name(f"{path.stem}.{last.seq:012}{path.suffix}")
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        ts = clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        _, line = chain.extend(last, key, ts, chain.ROTATED, {"previous_mac": last.mac.hex()})
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(file)
        aside.hardlink_to(path)
        fresh.replace(path)  # there is a whole file of that name at every moment
        _sync_directory(path)
    finally:
        audit.close()
    return aside


def _open_locked(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    file = os.open(path, flags, 0o600)
    try:
        os.fchmod(file, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _refuse_rotated(file, path)
        _sync_directory(path)
    except BaseException:
        os.close(file)
        raise
    return file


def _refuse_rotated(file: int, path: Path) -> None:
    """Refuse a file that was put aside between our opening and our locking it."""
    if not os.path.samestat(os.fstat(file), path.stat()):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _sync_directory(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
