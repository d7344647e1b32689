"""Routes of our own, so that these tests outlive the sample."""

import json
from collections.abc import Callable
from typing import Annotated, Literal

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from fullest.api import auth
from fullest.audit import AuditLog
from fullest.config import Config, Secrets


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    pets: dict[str, Annotated[Cat | Dog, Field(discriminator="kind")]] = {}


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = 1


@pytest.fixture
def failure() -> list[Exception]:
    """What POST /test/failure raises: the last one."""
    return []


@pytest.fixture
def app(app: FastAPI, secrets: Secrets, audit_log: AuditLog, failure: list[Exception]) -> FastAPI:
    routes = auth.router(secrets.api_key, audit_log, prefix="/test")

    @routes.post("/owners")
    async def create_owner(owner: Owner, copies: int = 1) -> int:
        return copies * len(owner.pets)

    @routes.post("/search")
    async def search(query: Annotated[Search, Query()]) -> int:
        return query.limit

    @routes.post("/failure")
    async def fail() -> None:
        raise failure[-1]

    app.include_router(routes)
    return app


@pytest.fixture
def audited(config: Config) -> Callable[[], list[dict[str, object]]]:
    """Read the audit log, without what differs from run to run."""

    def read() -> list[dict[str, object]]:
        lines = config.audit.path.read_text(encoding="utf-8").splitlines()
        records: list[dict[str, object]] = [json.loads(line) for line in lines]
        for record in records:
            for name in ("seq", "ts", "mac"):
                del record[name]
        return records

    return read
