"""Shared fixtures. No test reaches anything but this machine."""

import io
import ipaddress
import json
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import httpx2
import psycopg
import pytest
import structlog
from fastapi import FastAPI
from psycopg import sql

from fullest import logs
from fullest.api.app import create_app
from fullest.api.health import State
from fullest.audit import AuditLog
from fullest.config import (
    PREFIX,
    Audit,
    Config,
    DatabaseSettings,
    Limits,
    Secrets,
    Server,
    Startup,
)
from fullest.database import Database
from fullest.lazy import Lazy
from fullest.llm import LLMClient
from fullest.resources import Resources

from tests.dev.fake_model import fake_model
from tests.fake_database import MockPool, fake_postgres
from tests.fake_llm import MockLLMClient

API_KEY = "test-key-test-key"
AUDIT_KEY = "test-audit-key-test-audit-key-test"
LLM_API_KEY = "test-llm-key"
DATABASE_URL = "postgresql://test:test-password@127.0.0.1:1/test"
SECRETS = {
    f"{PREFIX}API_KEY": API_KEY,
    f"{PREFIX}AUDIT_KEY": AUDIT_KEY,
    f"{PREFIX}LLM_API_KEY": LLM_API_KEY,
    f"{PREFIX}DATABASE_URL": DATABASE_URL,
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
        f"{PREFIX}DATABASE__TIMEOUT_S": "30",
    }
    with fake_model() as llm, fake_postgres() as database:
        own |= {f"{PREFIX}LLM__BASE_URL": llm, f"{PREFIX}DATABASE_URL": database}
        yield SECRETS | own


@pytest.fixture
async def audit_log(config: Config) -> AsyncIterator[AuditLog]:
    log = AuditLog(config.audit.path, AUDIT_KEY.encode())
    yield log
    await log.aclose()


@pytest.fixture
def mock_llm() -> MockLLMClient:
    return MockLLMClient(responses={"default": "Test answer"})


@pytest.fixture
def mock_pool() -> MockPool:
    return MockPool()


@pytest.fixture
def real_database_url() -> Iterator[str]:
    """Where a real database has the tables of schema.sql, until the test is over."""
    if not (url := os.environ.get(f"{PREFIX}TEST_DATABASE_URL")):
        pytest.skip(f"{PREFIX}TEST_DATABASE_URL is not set")
    name = f"test_{uuid.uuid4().hex}"
    schema = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {0}; SET search_path TO {0}").format(schema))
        connection.execute(Path("schema.sql").read_bytes())
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(schema))


@pytest.fixture
async def real_database(config: Config, real_database_url: str) -> AsyncIterator[Database]:
    secrets = secrets_of(SECRETS | {f"{PREFIX}DATABASE_URL": real_database_url})
    database = await Database.load(config, secrets)
    yield database
    await database.aclose()


@pytest.fixture
async def resources(mock_llm: MockLLMClient, mock_pool: MockPool) -> AsyncIterator[Resources]:
    async def llm() -> LLMClient:
        return mock_llm

    async def database() -> Database:
        return Database(DatabaseSettings(), mock_pool.typed())

    resources = Resources(llm=Lazy("llm", llm), database=Lazy("database", database))
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
