"""The command line: serve (the default) and check. Its exit codes are an interface.

0 means well, also after SIGTERM; 1 that requests were cut off; 2 a wrong command line; 69 that
something we depend on is not there; 78 that settings or secrets are wrong. stdout carries log
lines for machines; what people read goes to stderr.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from my_very_long_service_name_of_forty_chars import DESCRIPTION, NAME, __version__, loader, logs
from my_very_long_service_name_of_forty_chars.config import PREFIX, Config, Secrets
from my_very_long_service_name_of_forty_chars.errors import StartupError
from my_very_long_service_name_of_forty_chars.server import serve
from my_very_long_service_name_of_forty_chars.startup import prepare

log = structlog.get_logger(__name__)


def run() -> None:
    """Run the command that the process was started with."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the server has its own
    sys.exit(main(sys.argv[1:], os.environ))


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    path = Path(env.get(f"{PREFIX}CONFIG") or "config.yaml")
    logs.configure()
    try:
        if args.command == "check":
            return _check(path, env, offline=args.offline)
        return _serve(path, env)
    except StartupError as exc:
        log.critical("startup.failed", code=exc.code, problems=len(exc.problems))
        _tell(exc.problems)
        return exc.exit_code
    except KeyboardInterrupt:  # a signal before the server runs
        return 0


def _serve(path: Path, env: Mapping[str, str]) -> int:
    settings, secrets = loader.load(path, env)
    logs.configure(settings.config.log.level)
    unfinished = asyncio.run(serve(settings.config, secrets))
    return 1 if unfinished else 0


def _check(path: Path, env: Mapping[str, str], *, offline: bool) -> int:
    """Do what comes before serving, and print each setting with where it came from."""
    if offline:
        settings = loader.load_settings(path, env)
    else:
        settings, secrets = loader.load(path, env)
        asyncio.run(_prepare_only(settings.config, secrets))
    _tell(settings.lines())
    return 0


async def _prepare_only(config: Config, secrets: Secrets) -> None:
    async with prepare(config, secrets):
        pass


def _tell(lines: Sequence[str]) -> None:
    sys.stderr.writelines(f"{NAME}: {line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(NAME, description=DESCRIPTION.replace("%", "%%"))
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve until SIGTERM (the default)")
    check = commands.add_parser("check", help="check settings, secrets and dependencies; serve not")
    check.add_argument("--offline", action="store_true", help="check the settings alone")
    return parser
