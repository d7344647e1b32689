from pathlib import Path

import pytest

from a.config import PREFIX, Config, NoSecrets, Secrets
from a.errors import ConfigError
from a.loader import load

from tests.conftest import API_KEY, SECRETS

INTEGER = "server.port: Input should be a valid integer"
IN_ENVIRONMENT = f"a secret belongs in the environment, as {PREFIX}"
FILE = f"{PREFIX}API_KEY_FILE"
TRICKS = "anchors, aliases and tags are not supported"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("server:\n  port: 8001\n", encoding="utf-8")
    return path


def problems(path: Path, env: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, env, Secrets)
    return [problem.removeprefix(f"{path}:").strip() for problem in caught.value.problems]


def test_shipped_file_says_every_default() -> None:
    settings, secrets = load(Path("config.yaml"), SECRETS, Secrets)
    assert settings.config == Config()
    assert not [line for line in settings.lines() if "(config.yaml:" not in line]
    assert secrets.api_key.get_secret_value() == API_KEY


def test_settings_tell_where_they_come_from(path: Path) -> None:
    settings, _ = load(path, {f"{PREFIX}LOG__LEVEL": "DEBUG"}, NoSecrets)
    assert f"server.port = 8001 ({path}:2)" in settings.lines()
    assert f"log.level = DEBUG ({PREFIX}LOG__LEVEL)" in settings.lines()
    assert "startup.timeout_s = 5.0 (default)" in settings.lines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("server:\n  prot: 1\n", "2: server.prot: unknown key"),
        ("serve: {}\n", "1: serve: unknown key"),
        ("? [hunter2]\n: 1\n", "1: found unhashable key"),
        ("log: {}\nlog: {}\n", "2: log: given twice"),
        ("log: 1\n", "1: log: Input should be a valid dictionary or instance of Log"),
        ("server:\n  port: '1'\n", f"2: {INTEGER}"),
        ("server:\n  port: 010\n", f"2: {INTEGER}"),
        ("server:\n  port: [1]\n", f"2: {INTEGER}"),
        ("server:\n  host: no\n  port: yes\n", f"3: {INTEGER}"),
        ("server:\n  api_key: x\n", f"2: server.api_key: {IN_ENVIRONMENT}API_KEY"),
        ("a: [\n", "2: expected the node content, but found '<stream end>'"),
        ("a: &hunter2 x\n", f"1: {TRICKS}"),
        ("a: !hunter2 x\n", f"1: {TRICKS}"),
        ("a: \0\n", "holds characters that YAML does not allow"),
        ("- a\n", "1: must be a mapping of sections"),
        ("", "1: must be a mapping of sections"),
    ],
)
def test_problem_in_the_file_has_its_line(path: Path, text: str, expected: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert problems(path, SECRETS) == [expected]


def test_environment_overrides(path: Path) -> None:
    env = {"SERVER__DRAIN_S": "1.5", "SERVER__HOST": "a: [", "PORT": "tcp://127.0.0.1:1"}
    env = {PREFIX + name: value for name, value in env.items()}
    config = load(path, env, NoSecrets)[0].config
    assert (config.server.port, config.server.drain_s, config.server.host) == (8001, 1.5, "a: [")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SERVER__PORT", "x", INTEGER),
        ("SERVER__PORT", "[1]", INTEGER),
        ("SERVER__PORT", "", INTEGER),
        ("SERVER__PROT", "1", "unknown setting"),
    ],
)
def test_problem_in_the_environment_has_its_name(
    path: Path, name: str, value: str, expected: str
) -> None:
    assert problems(path, SECRETS | {PREFIX + name: value}) == [f"{PREFIX}{name}: {expected}"]


def test_override_does_not_hide_a_problem(path: Path) -> None:
    path.write_text("server: 1\n", encoding="utf-8")
    (problem,) = problems(path, SECRETS | {f"{PREFIX}SERVER__PORT": "1"})
    assert problem.startswith("1: server: ")


def test_everything_is_said_at_once(path: Path) -> None:
    path.write_text("log:\n  level: LOUD\n  level: X\nserver:\n  port: -1\n", encoding="utf-8")
    assert len(problems(path, {f"{PREFIX}X__Y": "1"})) == 4 + len(Secrets.model_fields)


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_unreadable_file(path: Path, content: bytes | None) -> None:
    path.unlink()
    if content:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"{PREFIX}CONFIG names another file"):
        load(path, {}, NoSecrets)


def test_secret_from_a_file(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file-from-a-file\n", encoding="utf-8")
    env = {f"{PREFIX}API_KEY": "", f"{PREFIX}API_KEY_FILE": str(file)}
    _, secrets = load(path, SECRETS | env, Secrets)
    assert secrets.api_key.get_secret_value() == "from-a-file-from-a-file"


@pytest.mark.parametrize(
    ("value", "file", "expected"),
    [
        ("hunter2", "", "must have 16 characters or more"),
        ("hunter2 hunter2 hunter2", "", "must be printable ASCII without spaces"),
        ("", "", "required, but not set (see .env.example)"),
        (API_KEY, "/dev/null", f"set it or {FILE}, not both"),
        ("", "/no/such", f"the file that {FILE} names: No such file or directory"),
    ],
)
def test_bad_secret(path: Path, value: str, file: str, expected: str) -> None:
    bad = {f"{PREFIX}API_KEY": value, f"{PREFIX}API_KEY_FILE": file}
    assert problems(path, SECRETS | bad) == [f"{PREFIX}API_KEY: {expected}"]


def test_secret_in_a_file_that_is_no_text(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff")
    bad = {f"{PREFIX}API_KEY": "", f"{PREFIX}API_KEY_FILE": str(file)}
    (problem,) = problems(path, SECRETS | bad)
    assert problem.endswith(f"the file that {FILE} names: cannot be read as UTF-8")
