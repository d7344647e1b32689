"""The audit log: who did what. Append-only, and chained (see `chain`) so that a change shows."""

import asyncio
import contextlib
import errno
import fcntl
import glob
import os
from collections.abc import Callable, Mapping
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path

import structlog
from structlog.contextvars import get_contextvars

from my_very_long_service_name_of_forty_chars import chain

log = structlog.get_logger(__name__)

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_SYNC_S = 0.05


class AuditError(Exception):
    """The log cannot be written. No AppError, since it may come when an answer has begun."""


class AuditLog:
    """The one writer of a file. After the first write that fails it is `failed` for good."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        checkpoint_every: int = 1000,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Lock the file, cut off a line that a crash has torn, go on after the last record."""
        self._path, self._key, self._every, self._clock = path, key, checkpoint_every, clock
        self._syncing = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None
        self.failed = False
        self._file = _open_locked(path)
        try:
            self.head, self._end = chain.read_tail(self._file, key)
            self._synced = self.head.seq
            if cut := os.fstat(self._file).st_size - self._end:
                os.ftruncate(self._file, self._end)
                self.append("audit.recovered", cut_bytes=cut)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, event: str, **fields: str | int) -> None:
        """Write one record, or raise AuditError; `sync` sees to it that it is on the disk.

        A field is an id, a name of ours or a number, never what somebody typed.
        """
        if self.failed:
            raise AuditError
        if request_id := get_contextvars().get("request_id"):
            fields["request_id"] = request_id
        head, line = self._extend(event, fields)
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise self._failure(exc) from exc
        self.head, self._end = head, self._end + len(line)
        if head.seq % self._every == 0:
            self._checkpoint()

    async def sync(self) -> None:
        """Return when all that was appended is on the disk; who waits at a time shares an fsync."""
        wanted = self.head.seq
        async with self._syncing:
            if self._synced >= wanted:
                return
            reached = self.head.seq
            try:
                await asyncio.to_thread(os.fsync, self._file)
            except OSError as exc:
                raise self._failure(exc) from exc
            self._synced = reached

    def sync_soon(self) -> None:
        """Sync without waiting: many records share an fsync, and no answer waits for the disk."""
        if self._soon is None:  # it belongs to no request, so it has none's context
            self._soon = asyncio.create_task(self._sync_later(), context=Context())

    async def aclose(self) -> None:
        """Sync, write a checkpoint, and let go of the file."""
        with contextlib.suppress(AuditError):
            await self.sync()
        self._checkpoint()
        os.close(self._file)
        self._file = -1  # a late record fails, and does not go to another file

    def rotate(self) -> Path:
        """Put the file aside as NAME.LAST-SEQ.jsonl and begin one that carries the chain on.

        There is a whole file of that name at every moment. This log goes on in the old one: close
        it, and open another.
        """
        aside = self._path.with_name(f"{self._path.stem}.{self.head.seq:012}{self._path.suffix}")
        fresh = self._path.with_name(f".{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        _, line = self._extend(chain.ROTATED, {"previous_mac": self.head.mac.hex()})
        with os.fdopen(os.open(fresh, _FLAGS, 0o600), "wb") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        for link in set(_aside(self._path)) - set(files(self._path)):  # of a killed rotation
            link.unlink()
        aside.hardlink_to(self._path)
        fresh.replace(self._path)
        _sync_directory(self._path)
        return aside

    def _extend(self, event: str, fields: Mapping[str, str | int]) -> tuple[chain.Head, bytes]:
        ts = self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return chain.extend(self.head, self._key, ts, event, fields)

    async def _sync_later(self) -> None:
        await asyncio.sleep(_SYNC_S)
        self._soon = None
        with contextlib.suppress(AuditError):
            await self.sync()

    def _failure(self, exc: OSError) -> AuditError:
        self.failed = True
        log.error("audit.failed", exc_info=exc)
        return AuditError()

    def _checkpoint(self) -> None:
        """Tell the application log how far the chain goes: a witness if its end is cut off."""
        log.info("audit.checkpoint", seq=self.head.seq, mac=self.head.mac.hex())


def files(path: Path) -> list[Path]:
    """Return the rotated files of an audit log, oldest first, then the file itself.

    Another name of the file itself is none of them: a rotation that was killed left it.
    """
    return [*(aside for aside in _aside(path) if not aside.samefile(path)), path]


def _aside(path: Path) -> list[Path]:
    pattern = f"{glob.escape(path.stem)}.{'[0-9]' * 12}{glob.escape(path.suffix)}"
    return sorted(path.parent.glob(pattern))


def _open_locked(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, _FLAGS, 0o600)
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
