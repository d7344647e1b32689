"""What comes before the first request: all that is needed is there, or we say what is not."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from myservice import errors
from myservice.audit import AuditError, AuditLog
from myservice.chain import TamperedError
from myservice.config import Audit, Config, Secrets, Server
from myservice.resources import PROBES, Probe, Resources

_PAUSE_S = 0.25


@dataclass(frozen=True)
class Opened:
    """What serving needs."""

    resources: Resources
    audit: AuditLog
    listener: socket.socket


@asynccontextmanager
async def prepare(config: Config, secrets: Secrets) -> AsyncGenerator[Opened]:
    """Open all that serving needs, or raise one StartupError with all that is wrong."""
    problems = await _probe(config, secrets)
    kind: type[errors.StartupError] = errors.DependencyError
    async with AsyncExitStack() as stack:
        audit = listener = None
        try:
            audit = _open_audit(config.audit, secrets)
            stack.push_async_callback(audit.aclose)
        except errors.StartupError as exc:
            problems += exc.problems
            kind = type(exc)
        try:
            listener = stack.enter_context(_listen(config.server))
        except OSError as exc:
            # without the address, which Python adds
            problems.append(f"server.port: {(exc.strerror or '').partition(' (')[0]}")
        if problems or not audit or not listener:
            raise kind(problems)
        resources = Resources.make(config, secrets)
        stack.push_async_callback(resources.aclose)
        yield Opened(resources, audit, listener)


@contextmanager
def audit_problems() -> Generator[None]:
    """Turn what can go wrong with the audit log into a StartupError."""
    try:
        yield
    except BlockingIOError:
        raise errors.DependencyError(["audit.path: another process writes to it"]) from None
    except OSError as exc:
        raise errors.DependencyError([f"audit.path: {exc.strerror}"]) from None
    except AuditError:
        raise errors.DependencyError(["audit.path: cannot be written"]) from None
    except TamperedError as exc:
        problem = f"audit.path: {exc}; `audit verify` finds the first that does"
        raise errors.TamperedAuditError([problem]) from None


def _open_audit(config: Audit, secrets: Secrets) -> AuditLog:
    key = secrets.audit_key.get_secret_value().encode()
    with audit_problems():
        return AuditLog(config.path, key, checkpoint_every=config.checkpoint_every)


async def _probe(config: Config, secrets: Secrets) -> list[str]:
    """Ask everything at once, until it answers or the time is up; return what did not answer."""

    async def ask(name: str, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(config.startup.timeout_s):
                while True:
                    try:
                        await probe(config, secrets)
                    except errors.ServiceError:
                        await asyncio.sleep(_PAUSE_S)
                    else:
                        return None
        except TimeoutError:
            return f"{name} gave no good answer in {config.startup.timeout_s:g} s"

    answers = await asyncio.gather(*(ask(name, probe) for name, probe in PROBES.items()))
    return [problem for problem in answers if problem]


def _listen(config: Server) -> socket.socket:
    """Open the port ourselves: uvicorn would exit with 1, its reason in a text that we hide."""
    v6 = ":" in config.host
    family = socket.AF_INET6 if v6 else socket.AF_INET
    both = v6 and socket.has_dualstack_ipv6()
    return socket.create_server((config.host, config.port), family=family, dualstack_ipv6=both)
