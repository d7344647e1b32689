"""Databases that need no server: a pool for most tests, a socket for those that start a process."""

import contextlib
import socketserver
import struct
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Self, cast, override

import psycopg
from psycopg_pool import AsyncConnectionPool


class MockCursor:
    """What a statement returned."""

    def __init__(self, rows: list[tuple[object]]) -> None:
        self.rows = rows

    async def fetchall(self) -> list[tuple[object]]:
        return self.rows

    async def fetchone(self) -> tuple[object] | None:
        return self.rows[0] if self.rows else None


class MockPool:
    """Keeps notes as long as nothing is raised; raises `error` if it has one."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.statements = 0
        self.error: Exception | None = None
        self.closed = False

    def typed(self) -> AsyncConnectionPool:
        return cast("AsyncConnectionPool", self)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Self]:
        before = list(self.notes)
        try:
            yield self
        except BaseException:
            self.notes = before
            raise

    async def execute(self, _query: str, params: Sequence[object] = ()) -> MockCursor:
        self.statements += 1
        if self.error:
            raise self.error
        (param,) = params
        if isinstance(param, int):
            return MockCursor([(note,) for note in self.notes[param - 1 : param]])
        ids: list[tuple[object]] = []
        for text in cast("list[str]", param):
            if text in self.notes:
                raise psycopg.errors.UniqueViolation(text)
            self.notes.append(text)
            ids.append((len(self.notes),))
        return MockCursor(ids)

    async def close(self) -> None:
        self.closed = True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


class _Handler(socketserver.StreamRequestHandler):
    """Speaks as much of PostgreSQL's protocol as a connection needs; every statement is empty."""

    @override
    def handle(self) -> None:
        while (code := self._read()[:4]) != struct.pack("!i", 196608):
            assert code  # it wants to encrypt
            self.wfile.write(b"N")
        self._send(b"R", struct.pack("!i", 0))
        self._send(b"S", b"client_encoding\0UTF8\0")
        self._send(b"Z", b"I")
        while self.rfile.read(1) == b"Q":
            self._read()
            self._send(b"C", b"SELECT 0\0")
            self._send(b"Z", b"I")

    def _read(self) -> bytes:
        (length,) = struct.unpack("!i", self.rfile.read(4))
        return self.rfile.read(length - 4)

    def _send(self, kind: bytes, body: bytes) -> None:
        self.wfile.write(kind + struct.pack("!i", len(body) + 4) + body)


@contextlib.contextmanager
def fake_postgres() -> Iterator[str]:
    """Run a server in a thread; yield where it is."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"postgresql://test:test-password@127.0.0.1:{server.server_address[1]}/test"
        finally:
            server.shutdown()
            thread.join()
