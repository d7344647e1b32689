"""Fill the models of `config` from config.yaml and the environment.

All problems are reported at once, each with its place, and none with a value: what somebody put
into the wrong place may be a secret.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from fullest.config import PREFIX, Config, NoSecrets, Secrets
from fullest.errors import ConfigError

type Key = tuple[str, ...]

_VARIABLES: dict[str, Key] = {
    f"{PREFIX}{section}__{name}".upper(): (section, name)
    for section, values in Config().model_dump().items()
    for name in values
}
"""Every setting, by the variable that overrides it."""


@dataclass(frozen=True)
class Settings:
    """The settings, and where each comes from: `config.yaml:3`, a variable, or the default."""

    config: Config
    places: Mapping[Key, str]

    def lines(self) -> list[str]:
        """Describe each setting in one line, for people."""
        values = self.config.model_dump(mode="json")
        return [
            f"{section}.{name} = {values[section][name]} ({self.places.get(key, 'default')})"
            for key in _VARIABLES.values()
            for section, name in [key]
        ]


def load[S: NoSecrets](path: Path, env: Mapping[str, str], kind: type[S]) -> tuple[Settings, S]:
    """Return settings and secrets, or raise one ConfigError with all that is wrong with both."""
    problems: list[str] = []
    settings, secrets = _settings(path, env, problems), _secrets(env, kind, problems)
    if settings is None or secrets is None:
        raise ConfigError(problems)
    return settings, secrets


def _settings(path: Path, env: Mapping[str, str], problems: list[str]) -> Settings | None:
    draft = _Draft(path, problems)
    draft.read_file()
    draft.read_environment(env)
    try:
        config = Config.model_validate(draft.values)
    except ValidationError as exc:
        for error in _errors(exc):
            draft.complain(tuple(map(str, error["loc"])), _message(error))
        return None
    return None if problems else Settings(config, draft.places)


def _secrets[S: NoSecrets](env: Mapping[str, str], kind: type[S], problems: list[str]) -> S | None:
    bad: dict[str, str] = {}
    values: dict[str, str] = {}
    for name in kind.model_fields:
        variable = _variable(name)
        value, file = env.get(variable, ""), env.get(f"{variable}_FILE", "")
        if value and file:
            bad[name] = f"set it or {variable}_FILE, not both"
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as exc:
                bad[name] = f"the file that {variable}_FILE names: {_reason(exc)}"
        if value:
            values[name] = value
    try:
        secrets = kind.model_validate(values)
    except ValidationError as exc:
        for error in _errors(exc):
            bad.setdefault(str(error["loc"][0]), _message(error))
        secrets = None
    problems += [f"{_variable(name)}: {what}" for name, what in bad.items()]
    return None if bad else secrets


class _Loader(yaml.SafeLoader):
    """The scalars of YAML 1.2, where `no` is a word and 010 is not 8."""


_Loader.yaml_implicit_resolvers = {
    None: [
        (f"tag:yaml.org,2002:{kind}", re.compile(pattern))
        for kind, pattern in (
            ("null", r"(~|null|)$"),
            ("bool", r"(true|false)$"),
            ("int", r"[-+]?(0|[1-9][0-9]*)$"),
            ("float", r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"),
        )
    ]
}


@dataclass
class _Draft:
    """Settings in the making: plain values, the place of each key, and all that is wrong."""

    path: Path
    problems: list[str]
    values: dict[str, object] = field(default_factory=dict[str, object])
    places: dict[Key, str] = field(default_factory=dict[Key, str])

    def complain(self, key: Key, what: str) -> None:
        """Note what is wrong with a key."""
        for name in (key[-1], "_".join(key)):
            if name in Secrets.model_fields:
                what = f"a secret belongs in the environment, as {_variable(name)}"
        self.problems.append(f"{self.places.get(key, self.path)}: {'.'.join(key)}: {what}")

    def read_environment(self, env: Mapping[str, str]) -> None:
        """Override by PREFIX_SECTION__NAME. Without `__` it is no setting: Kubernetes sets some."""
        for variable, text in env.items():
            if not variable.startswith(PREFIX) or "__" not in variable.removeprefix(PREFIX):
                continue
            key = _VARIABLES.get(variable)
            if key is None:
                self.problems.append(f"{variable}: unknown setting")
                continue
            section = self.values.setdefault(key[0], {})
            if isinstance(section, dict):
                section[key[1]] = _scalar(text)
                self.places[key] = variable

    def read_file(self) -> None:
        """Read the values of the file, and the line of each key."""
        try:
            text = self.path.read_text(encoding="utf-8")
            _refuse_tricks(text)
            root, values = _Loader(text).get_single_node(), _Loader(text).get_single_data()
        except (OSError, UnicodeDecodeError) as exc:
            self.problems.append(f"{self.path}: {_reason(exc)} ({PREFIX}CONFIG names another file)")
        except yaml.MarkedYAMLError as exc:
            line = exc.problem_mark.line + 1 if exc.problem_mark else 1
            self.problems.append(f"{self.path}:{line}: {exc.problem}")
        except yaml.YAMLError:
            self.problems.append(f"{self.path}: holds characters that YAML does not allow")
        else:
            if isinstance(root, yaml.MappingNode):
                self.values = values
                self._note_places(root, ())
            else:
                self.problems.append(f"{self.path}:1: must be a mapping of sections")

    def _note_places(self, node: yaml.MappingNode, above: Key) -> None:
        """Note where each key is, and those that PyYAML would silently take the last of."""
        for name, value in node.value:
            key, place = (*above, str(name.value)), f"{self.path}:{name.start_mark.line + 1}"
            if key in self.places:
                self.problems.append(f"{place}: {'.'.join(key)}: given twice")
            self.places[key] = place
            if isinstance(value, yaml.MappingNode):
                self._note_places(value, key)


def _refuse_tricks(text: str) -> None:
    for token in yaml.scan(text):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
            what = "anchors, aliases and tags are not supported"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=token.start_mark)


def _scalar(text: str) -> object:
    """Read a variable as YAML would, so that 8000 is a number; what is no scalar is a text."""
    try:
        value: object = _Loader(text).get_single_data()
    except yaml.YAMLError:
        return text
    return text if isinstance(value, dict | list) else value


def _errors(exc: ValidationError) -> Sequence[Mapping[str, Any]]:
    return exc.errors(include_url=False, include_input=False)


def _message(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "required, but not set (see .env.example)"
        case "extra_forbidden":
            return "unknown key"
        case "too_short":  # its own message tells how long a secret is
            return f"must have {error['ctx']['min_length']} characters or more"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def _reason(exc: Exception) -> str:
    return (isinstance(exc, OSError) and exc.strerror) or "cannot be read as UTF-8"


def _variable(secret: str) -> str:
    return PREFIX + secret.upper()
