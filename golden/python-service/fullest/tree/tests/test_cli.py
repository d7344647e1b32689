import asyncio
import json
import signal
import socket
from pathlib import Path

import pytest

from fullest import NAME, __version__, chain, cli, server
from fullest.audit import AuditLog
from fullest.config import PREFIX, Server

from tests.conftest import AUDIT_KEY, SECRETS


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"], {})
    assert capsys.readouterr().out == f"{NAME} {__version__}\n"


def test_wrong_command_line() -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["no-such-command"], {})


def test_check_prints_the_settings(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"], env) == 0
    assert f"server.port = 0 ({PREFIX}SERVER__PORT)" in capsys.readouterr().err


def test_check_offline_needs_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--offline"], {}) == 0
    assert f"server.port = {Server().port} (config.yaml:" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["check"]])
def test_settings_are_wrong(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert cli.main(argv, {f"{PREFIX}CONFIG": "no-such-file"}) == 78
    out, err = capsys.readouterr()
    assert json.loads(out)["problems"] == 1 + len(SECRETS)
    assert err.count("\n") == 1 + len(SECRETS)


@pytest.mark.parametrize("argv", [[], ["check"]])
def test_dependency_is_missing(
    env: dict[str, str], capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.main(argv, env | {f"{PREFIX}SERVER__PORT": port}) == 69
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1])["event"] == "startup.failed"
    assert err.startswith(f"{NAME}: server.port: Address already in use")


@pytest.fixture
def audit_env(tmp_path: Path) -> dict[str, str]:
    """All that reading the audit log needs."""
    names = {"AUDIT_KEY": AUDIT_KEY, "AUDIT__PATH": str(tmp_path / "audit.jsonl")}
    return {PREFIX + name: value for name, value in names.items()}


async def begin(path: Path) -> AuditLog:
    log = AuditLog(path, AUDIT_KEY.encode())
    log.append("service.started")
    await log.aclose()
    return log


def test_audit_verify_and_rotate(
    tmp_path: Path, audit_env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "audit.jsonl"
    log = asyncio.run(begin(path))
    assert cli.main(["audit", "verify"], audit_env) == 0
    assert f"the last record is {log.head}\n" in capsys.readouterr().err
    assert cli.main(["audit", "rotate"], audit_env) == 0
    aside = capsys.readouterr().err.split()[-1]
    assert cli.main(["audit", "verify", "--checkpoint", str(log.head)], audit_env) == 0
    path.write_bytes(path.read_bytes().replace(b"rotated", b"stopped"))
    assert cli.main(["audit", "verify"], audit_env) == 1
    assert f"{NAME}: {path}:1: " in capsys.readouterr().err
    assert cli.main(["audit", "verify", aside], audit_env) == 0
    assert "nothing was changed from record 1 on" in capsys.readouterr().err
    assert cli.main(["audit", "rotate"], audit_env) == 1
    assert cli.main([], SECRETS | audit_env | {f"{PREFIX}STARTUP__TIMEOUT_S": "0.1"}) == 1


def test_audit_log_that_is_not_there(
    tmp_path: Path, audit_env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit", "verify"], audit_env) == 69
    assert f"{tmp_path}/audit.jsonl: No such file or directory" in capsys.readouterr().err
    assert cli.main(["audit", "verify"], {}) == 78


def test_audit_log_that_is_in_use(tmp_path: Path, audit_env: dict[str, str]) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", AUDIT_KEY.encode())
    assert cli.main(["audit", "rotate"], audit_env) == 69
    asyncio.run(log.aclose())


def test_wrong_checkpoint() -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["audit", "verify", "--checkpoint", "1:x"], {})


def test_signal_before_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", interrupted)
    assert cli.main([], SECRETS) == 0
    monkeypatch.setattr(chain, "verify", interrupted)
    assert cli.main(["audit", "verify"], SECRETS) == 130


def test_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [NAME, "check", "--offline"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit, match="0"):
        cli.run()
    signal.signal(signal.SIGTERM, before)
