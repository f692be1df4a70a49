"""How a data source is configured: which settings there are, and which of them are secret.

A configuration is kept in two parts. What may be shown has MARK in place of every secret; the
secrets, by name and behind a dot where they are part of an object, are sealed elsewhere. Given
back, MARK means that the secret stays as it is: integrations 1.0.0.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.configs import MAX_VALUE, SECRET_WORDS
from integrations.domain.sources import AuthType

MARK: Final = "***"
MOST_OPTIONS: Final = 50
OBJECTS: Final = ("oauth_config", "options")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Setting:
    """One setting; `bounds` are of a whole number, both included."""

    kind: type[str] | type[int] | type[bool] | type[dict[str, Any]] = str
    usual: Any = None
    is_secret: bool = False
    bounds: tuple[int, int] = (0, 0)


SETTINGS: Final[Mapping[str, Setting]] = {
    "connection_string": Setting(is_secret=True),
    "host": Setting(),
    "port": Setting(int, bounds=(1, 65_535)),
    "username": Setting(),
    "password": Setting(is_secret=True),
    "database": Setting(),
    "auth_type": Setting(),
    "api_key": Setting(is_secret=True),
    "oauth_config": Setting(dict, is_secret=True),
    "pool_size": Setting(int, 5, bounds=(1, 100)),
    "pool_timeout": Setting(int, 30, bounds=(1, 300)),  # seconds
    "max_retries": Setting(int, 3, bounds=(0, 10)),
    "ssl_enabled": Setting(bool, usual=False),
    "ssl_verify": Setting(bool, usual=True),
    "ssl_cert_path": Setting(),
    "options": Setting(dict, {}),
}


def faults(config: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a configuration, by setting; no sentence repeats a value."""
    told = {name: _fault(name, value) for name, value in config.items()}
    return {name: sentence for name, sentence in told.items() if sentence}


def metadata_fault(metadata: Mapping[str, Any]) -> str:
    """What is wrong with what a tenant notes about a source; empty if nothing is."""
    return _fault_within(metadata, is_text_only=lambda _name: False)


def merged(held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with `changes` in it: null takes a setting away, what is absent stays."""
    both = {**held, **changes}
    return {name: value for name, value in both.items() if value is not None}


def split(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What may be shown, and the new secrets by name; a mark stays in the first and is none."""
    shown: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            shown[name] = {
                one: _held(f"{name}.{one}", each, secrets) for one, each in value.items()
            }
        else:
            shown[name] = _held(name, value, secrets)
    return shown, secrets


def marks(shown: Mapping[str, Any]) -> set[str]:
    """The names of the secrets that a configuration has."""
    found = {name for name, value in shown.items() if value == MARK}
    for name in OBJECTS:
        found |= {f"{name}.{one}" for one, each in shown.get(name, {}).items() if each == MARK}
    return found


def joined(shown: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The whole configuration; a mark whose secret is not there is left out."""
    whole: dict[str, Any] = {}
    for name, value in shown.items():
        if isinstance(value, Mapping):
            inner = {one: _back(f"{name}.{one}", each, secrets) for one, each in value.items()}
            whole[name] = {one: each for one, each in inner.items() if each is not None}
        elif (back := _back(name, value, secrets)) is not None:
            whole[name] = back
    return whole


def with_marks_of(held: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration that tells of no secret, with the marks of the one that is there."""
    both = dict(config)
    for one in marks(held):
        name, dot, inner = one.partition(".")
        both[name] = {**both.get(name, {}), inner: MARK} if dot else MARK
    return both


def in_full(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting, with what it is where nothing is set."""
    return {name: shown.get(name, one.usual) for name, one in SETTINGS.items()}


def is_secret(name: str) -> bool:
    """Whether a setting, named with its dot, is one that nobody may see."""
    first, _, inner = name.partition(".")
    if first == "options":
        return any(word in inner.lower() for word in SECRET_WORDS)
    return SETTINGS[first].is_secret


def _held(name: str, value: Any, secrets: dict[str, str]) -> Any:
    if not is_secret(name):
        return value
    if value != MARK:
        secrets[name] = value
    return MARK


def _back(name: str, value: Any, secrets: Mapping[str, str]) -> Any:
    return secrets.get(name) if value == MARK and is_secret(name) else value


def _fault(name: str, value: Any) -> str:
    setting = SETTINGS.get(name)
    if setting is None:
        return f"There is no setting {name}."
    if setting.kind is dict:
        return _fault_within(value, is_text_only=lambda one: is_secret(f"{name}.{one}"))
    if setting.kind is int:
        low, high = setting.bounds
        fits = type(value) is int and low <= value <= high
        return "" if fits else f"Enter a whole number from {low} to {high:,}."
    if setting.kind is bool:
        return "" if isinstance(value, bool) else "Enter true or false."
    if name == "auth_type" and value not in set(AuthType):
        return f"One of: {', '.join(AuthType)}."
    return _text_fault(value) or (_host_fault(value) if name == "host" else "")


def _host_fault(name: str) -> str:
    told = "Enter its name only: nothing such as https:// before it, and no path behind it."
    return told if "/" in name else ""


def _fault_within(value: Any, *, is_text_only: Callable[[str], bool]) -> str:
    if not isinstance(value, Mapping) or len(value) > MOST_OPTIONS:
        return f"Enter an object of at most {MOST_OPTIONS} values."
    for one, each in value.items():
        if not _NAME.fullmatch(one):
            return "A name has up to 64 letters, digits, dashes and underscores."
        if isinstance(each, bool | int | float) and not is_text_only(one):
            continue
        if told := _text_fault(each):
            return told
    return ""


def _text_fault(value: Any) -> str:
    fits = isinstance(value, str) and 0 < len(value) <= MAX_VALUE and value.isprintable()
    return "" if fits else f"Enter a text of at most {MAX_VALUE:,} characters on one line."
