"""The command line: serve (the default), check, audit. Its exit codes are an interface.

0 means well, also after SIGTERM; 1 that requests were cut off or the audit log was tampered with;
2 a wrong command line; 69 that something we depend on is not there; 78 that settings or secrets
are wrong. stdout carries log lines for machines; what people read goes to stderr.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import structlog

from fullest import (
    DESCRIPTION,
    NAME,
    __version__,
    audit,
    chain,
    errors,
    loader,
    logs,
)
from fullest.config import PREFIX, AuditSecrets, NoSecrets, Secrets
from fullest.startup import audit_problems, prepare

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
        match args.command:
            case "check":
                return _check(path, env, offline=args.offline)
            case "verify":
                return _verify(path, env, args.files, args.checkpoint or ())
            case "rotate":
                return _rotate(path, env)
            case _:
                return _serve(path, env)
    except errors.StartupError as exc:
        log.critical("startup.failed", code=exc.code, problems=len(exc.problems))
        _tell(exc.problems)
        return exc.exit_code
    except KeyboardInterrupt:  # a signal before the server runs
        return 130 if args.command else 0


def _serve(path: Path, env: Mapping[str, str]) -> int:
    settings, secrets = loader.load(path, env, Secrets)
    logs.configure(settings.config.log.level)
    from fullest.server import serve  # noqa: PLC0415 only this command needs FastAPI: 0.4 s

    return 1 if asyncio.run(serve(settings.config, secrets)) else 0


def _check(path: Path, env: Mapping[str, str], *, offline: bool) -> int:
    """Do what comes before serving, and print each setting with where it came from."""
    if offline:
        settings, _ = loader.load(path, env, NoSecrets)
    else:
        settings, secrets = loader.load(path, env, Secrets)
        asyncio.run(_prepare_only(settings, secrets))
    _tell(settings.lines())
    return 0


async def _prepare_only(settings: loader.Settings, secrets: Secrets) -> None:
    async with prepare(settings.config, secrets):
        pass


def _verify(
    path: Path, env: Mapping[str, str], files: Sequence[Path], checkpoints: Sequence[chain.Head]
) -> int:
    log_path, key = _audit(path, env)
    try:
        before, head = chain.verify(files or audit.files(log_path), key, checkpoints)
    except chain.TamperedError as exc:
        raise errors.TamperedAuditError([str(exc)]) from None
    except OSError as exc:
        raise errors.DependencyError([f"{exc.filename}: {exc.strerror}"]) from None
    _tell([f"nothing was changed from record {before.seq + 1} on; the last record is {head}"])
    return 0


def _rotate(path: Path, env: Mapping[str, str]) -> int:
    async def rotate() -> Path:
        with audit_problems():
            async with aclosing(audit.AuditLog(*_audit(path, env))) as log:
                return log.rotate()

    _tell([f"the records so far are in {asyncio.run(rotate())}"])
    return 0


def _audit(path: Path, env: Mapping[str, str]) -> tuple[Path, bytes]:
    settings, secrets = loader.load(path, env, AuditSecrets)
    return settings.config.audit.path, secrets.audit_key.get_secret_value().encode()


def _tell(lines: Sequence[str]) -> None:
    sys.stderr.writelines(f"{NAME}: {line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(NAME, description=DESCRIPTION.replace("%", "%%"))
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    check = commands.add_parser("check", help="check settings, secrets and dependencies")
    check.add_argument("--offline", action="store_true", help="check the settings alone")
    audit_log = commands.add_parser("audit", help="verify or rotate the audit log")
    verbs = audit_log.add_subparsers(dest="command", metavar="VERB", title="verbs", required=True)
    verify = verbs.add_parser("verify", help="find the first record that was changed")
    verify.add_argument("--checkpoint", type=chain.Head.parse, metavar="SEQ:MAC", action="append")
    verify.add_argument("files", nargs="*", type=Path, metavar="FILE", help="oldest first")
    verbs.add_parser("rotate", help="put the file aside and begin a new one")
    return parser
