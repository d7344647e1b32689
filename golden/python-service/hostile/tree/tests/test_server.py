"""The process as a whole: how it stops, and what it leaves behind."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zz_9 import cli
from zz_9.config import PREFIX, Config, Secrets
from zz_9.errors import DependencyError
from zz_9.server import serve

from tests.conftest import API_KEY

BODY = b'{"question": "What is the answer?"}'
POST = "POST /v1/answers HTTP/1.1\r\nHost: test\r\nConnection: close\r\nExpect: 100-continue\r\n"
HEADERS = f"X-API-Key: {API_KEY}\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}"


class Service:
    """A process that serves."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdout
        while (line := json.loads(process.stdout.readline()))["event"] != "service.started":
            pass
        self.port: int = line["port"]
        self.connections = contextlib.ExitStack()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return self.connections.enter_context(connection)

    def begin_request(self) -> socket.socket:
        """Send a request up to its body, which the service then waits for."""
        connection = self.connect()
        connection.sendall(f"{POST}{HEADERS}\r\n\r\n".encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        return connection

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait_until_not_ready(self) -> None:
        status = b"200"
        while status == b"200":
            connection = self.connect()
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            status = connection.recv(1000)[9:12]
        assert status == b"503"

    def wait_until_closed(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                self.connect().close()

    def wait(self) -> tuple[int, str]:
        """Return the exit code and the last event in the log."""
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, json.loads(out.splitlines()[-1])["event"]


@contextlib.contextmanager
def running(env: dict[str, str], **overrides: str) -> Iterator[Service]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env = inherited | env
    env |= {f"{PREFIX}SERVER__{name}": value for name, value in overrides.items()}
    command = [sys.executable, "-m", "zz_9"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        try:
            service = Service(process)
            with service.connections:
                yield service
        finally:
            process.kill()


def finish(connection: socket.socket) -> bytes:
    """Send the body; return the status of the answer, or nothing if the connection was cut."""
    with contextlib.suppress(ConnectionError):
        connection.sendall(BODY)
        return connection.recv(1000)[9:12]
    return b""


def test_audit_log_tells_of_the_service(env: dict[str, str]) -> None:
    with running(env) as service:
        assert finish(service.begin_request()) == b"200"
        service.terminate()
        assert service.wait() == (0, "service.stopped")
    lines = Path(env[f"{PREFIX}AUDIT__PATH"]).read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    events = ["config.loaded", "service.started", "http.access", "service.stopped"]
    assert [record["event"] for record in records] == events
    assert len(records[0]["config_sha256"]) == 64
    assert cli.main(["audit", "verify"], env) == 0


def test_start_that_cannot_be_recorded(
    config: Config, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("zz_9.startup.PROBES", {})
    monkeypatch.setattr("os.write", fail)
    with pytest.raises(DependencyError, match=r"audit\.path: cannot be written"):
        asyncio.run(serve(config, secrets))


def test_port_stays_open_while_draining(env: dict[str, str]) -> None:
    with running(env, DRAIN_S="60") as service:
        request = service.begin_request()
        service.terminate()
        service.wait_until_not_ready()
        assert finish(request) == b"200"
        service.terminate()
        assert service.wait() == (0, "service.stopped")


def test_request_in_flight_is_finished(env: dict[str, str]) -> None:
    with running(env) as service:
        request = service.begin_request()
        service.terminate()
        service.wait_until_closed()
        assert finish(request) == b"200"
        assert service.wait() == (0, "service.stopped")


@pytest.mark.parametrize(("drain_s", "signals"), [("0", 1), ("60", 2)])
def test_request_that_is_cut_off_is_told(env: dict[str, str], drain_s: str, signals: int) -> None:
    with running(env, DRAIN_S=drain_s, SHUTDOWN_GRACE_S="1") as service:
        service.begin_request()
        service.terminate()
        if signals == 2:
            service.wait_until_not_ready()
            service.terminate()
        assert service.wait() == (1, "service.stopped")
