"""What comes before the first request: all that is needed is there, or we say what is not."""

import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from myservice.config import Config, Secrets, Server
from myservice.errors import DependencyError
from myservice.resources import Resources


@asynccontextmanager
async def prepare(
    config: Config, secrets: Secrets
) -> AsyncGenerator[tuple[Resources, socket.socket]]:
    """Open all that serving needs, or raise one DependencyError with all that is missing."""
    async with aclosing(Resources.make(config, secrets)) as resources:
        problems = await resources.probe(config.startup.timeout_s)
        try:
            listener = _listen(config.server)
        except OSError as exc:
            raise DependencyError([*problems, f"server.port: {exc.strerror}"]) from None
        with listener:
            if problems:
                raise DependencyError(problems)
            yield resources, listener


def _listen(config: Server) -> socket.socket:
    """Open the port ourselves: uvicorn would exit with 1, its reason in a text that we hide."""
    address = (config.host, config.port)
    if ":" not in config.host:
        return socket.create_server(address)
    both = socket.has_dualstack_ipv6()
    return socket.create_server(address, family=socket.AF_INET6, dualstack_ipv6=both)
