"""Routes of our own, so that these tests outlive the sample."""

from typing import Annotated, Literal

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from myservice.api import auth
from myservice.config import Secrets


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    pets: dict[str, Annotated[Cat | Dog, Field(discriminator="kind")]] = {}


@pytest.fixture
def failure() -> list[Exception]:
    """What POST /test/failure raises: the last one."""
    return []


@pytest.fixture
def app(app: FastAPI, secrets: Secrets, failure: list[Exception]) -> FastAPI:
    routes = auth.router(secrets.api_key, prefix="/test")

    @routes.post("/owners")
    async def create_owner(owner: Owner, copies: int = 1) -> int:
        return copies * len(owner.pets)

    @routes.post("/failure")
    async def fail() -> None:
        raise failure[-1]

    app.include_router(routes)
    return app
