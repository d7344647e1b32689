"""Every setting and every secret, with its type, its range and its default.

The module `loader` fills them from config.yaml and the environment. A test holds config.yaml and
the defaults together.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr

PREFIX = "FULLEST_"
"""What the names of our environment variables begin with."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _bare(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("must not hold a user, a password, a query or a fragment")
    return url


def _printable(secret: SecretStr) -> SecretStr:
    if not all("!" <= character <= "~" for character in secret.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces")
    return secret


def _postgres(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    try:
        good = url.startswith(("postgres://", "postgresql://")) and conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        good = None
    if not good:
        message = "must be like postgresql://USER:PASSWORD@HOST:PORT/NAME"
        raise ValueError(message)
    return secret


class Server(_Model):
    """Where and how to listen."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_000_000, ge=1)
    request_timeout_s: float = Field(default=30, gt=0)
    drain_s: float = Field(default=0, ge=0)
    shutdown_grace_s: int = Field(default=20, ge=1)


class Startup(_Model):
    """How long to wait for what we depend on."""

    timeout_s: float = Field(default=5, gt=0)


class Log(_Model):
    """What to log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Audit(_Model):
    """Where the audit log is, and how often the application log witnesses how long it is."""

    path: Path = Field(default=Path("var/audit.jsonl"), strict=False)
    checkpoint_every: int = Field(default=1000, ge=1)


class LLM(_Model):
    """Any endpoint that speaks the OpenAI protocol."""

    base_url: Annotated[AnyHttpUrl, AfterValidator(_bare)] = AnyHttpUrl("http://127.0.0.1:11434/v1")
    model: str = Field(default="default", min_length=1)
    embedding_model: str = Field(default="default", min_length=1)
    timeout_s: float = Field(default=10, gt=0)
    batch_size: int = Field(default=64, ge=1)


class DatabaseSettings(_Model):
    """How to use the database; where it is, is a secret."""

    pool_size: int = Field(default=10, ge=1)
    timeout_s: float = Field(default=5, gt=0)
    batch_size: int = Field(default=500, ge=1)


class Limits(_Model):
    """Thresholds of the service itself."""

    question_chars: int = Field(default=4000, ge=1)


class Features(_Model):
    """What can be switched off without a release."""

    embeddings: bool = True


class Config(_Model):
    """The whole of config.yaml."""

    server: Server = Server()
    startup: Startup = Startup()
    log: Log = Log()
    audit: Audit = Audit()
    llm: LLM = LLM()
    database: DatabaseSettings = DatabaseSettings()
    limits: Limits = Limits()
    features: Features = Features()

    @property
    def sha256(self) -> str:
        """Identify these settings; the audit log has it, so that a change shows."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


type _Secret = Annotated[SecretStr, AfterValidator(_printable)]


class NoSecrets(_Model):
    """What checking the settings alone needs."""


class AuditSecrets(NoSecrets):
    """What reading the audit log needs."""

    audit_key: _Secret = Field(min_length=32)


class Secrets(AuditSecrets):
    """From the environment only: PREFIX + NAME, or the file that PREFIX + NAME + _FILE names."""

    api_key: _Secret = Field(min_length=16)
    llm_api_key: _Secret = Field(min_length=1)
    database_url: Annotated[_Secret, AfterValidator(_postgres)]
