import json
import signal
import socket

import pytest

from a import NAME, __version__, cli
from a.config import PREFIX

from tests.conftest import SECRETS


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
    assert "server.port = 8000 (config.yaml:" in capsys.readouterr().err


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


def test_signal_before_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "serve", interrupted)
    assert cli.main([], SECRETS) == 0


def test_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [NAME, "check", "--offline"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit, match="0"):
        cli.run()
    signal.signal(signal.SIGTERM, before)
