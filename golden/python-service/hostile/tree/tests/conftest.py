"""Shared fixtures. No test reaches anything but this machine."""

import io
import ipaddress
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import httpx2
import pytest
import structlog
from fastapi import FastAPI

from zz_9 import logs
from zz_9.api.app import create_app
from zz_9.api.health import State
from zz_9.audit import AuditLog
from zz_9.config import (
    PREFIX,
    Audit,
    Config,
    Limits,
    Secrets,
    Server,
    Startup,
)
from zz_9.lazy import Lazy
from zz_9.llm import LLMClient
from zz_9.resources import Resources

from tests.dev.fake_model import fake_model
from tests.fake_llm import MockLLMClient

API_KEY = "test-key-test-key"
AUDIT_KEY = "test-audit-key-test-audit-key-test"
LLM_API_KEY = "test-llm-key"
SECRETS = {
    f"{PREFIX}API_KEY": API_KEY,
    f"{PREFIX}AUDIT_KEY": AUDIT_KEY,
    f"{PREFIX}LLM_API_KEY": LLM_API_KEY,
}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that tries to connect to another machine, before it does."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("connect", "connect_ex", "sendto"):
        real: Callable[..., object] = getattr(socket.socket, name)

        def guarded(
            self: socket.socket, *args: object, real: Callable[..., object] = real
        ) -> object:
            if not _is_local(args[-1]):
                pytest.fail(f"a test tried to reach {args[-1]}")
            return real(self, *args)

        monkeypatch.setattr(socket.socket, name, guarded)


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return bool(address[0] == "localhost")


class LogStream(io.StringIO):
    """What the service logged."""

    def lines(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@pytest.fixture(autouse=True)
def logged() -> Iterator[LogStream]:
    stream = LogStream()
    logs.configure("INFO", stream)
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        server=Server(port=0, max_body_bytes=1000),
        startup=Startup(timeout_s=0.1),
        audit=Audit(path=tmp_path / "audit.jsonl"),
        limits=Limits(question_chars=100),
    )


def secrets_of(env: Mapping[str, str]) -> Secrets:
    """Return what a process would read from its environment."""
    values = {name.removeprefix(PREFIX).lower(): value for name, value in env.items()}
    return Secrets.model_validate(values)


@pytest.fixture
def secrets() -> Secrets:
    return secrets_of(SECRETS)


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """All that a process needs to start."""
    own = {
        f"{PREFIX}SERVER__PORT": "0",
        f"{PREFIX}STARTUP__TIMEOUT_S": "60",  # a busy machine is no failure
        f"{PREFIX}AUDIT__PATH": str(tmp_path / "audit.jsonl"),
        f"{PREFIX}LLM__TIMEOUT_S": "30",
    }
    with fake_model() as url:
        yield SECRETS | own | {f"{PREFIX}LLM__BASE_URL": url}


@pytest.fixture
async def audit_log(config: Config) -> AsyncIterator[AuditLog]:
    log = AuditLog(config.audit.path, AUDIT_KEY.encode())
    yield log
    await log.aclose()


@pytest.fixture
def mock_llm() -> MockLLMClient:
    return MockLLMClient(responses={"default": "Test answer"})


@pytest.fixture
async def resources(mock_llm: MockLLMClient) -> AsyncIterator[Resources]:
    async def llm() -> LLMClient:
        return mock_llm

    resources = Resources(llm=Lazy("llm", llm))
    yield resources
    await resources.aclose()


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def app(
    config: Config, secrets: Secrets, resources: Resources, audit_log: AuditLog, state: State
) -> FastAPI:
    return create_app(config, secrets, resources, audit_log, state)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Send requests to the application, with the key."""
    transport = httpx2.ASGITransport(app)
    headers = {"X-API-Key": API_KEY}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield client
