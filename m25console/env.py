"""Reading the environment: a wrong value stops the start with a sentence that says the remedy."""

import base64
import binascii
import os
import re
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
SMTP_SCHEMES = ("smtp", "smtps", "smtp+plain")
SMTP_SECONDS = 10
POSTGRES_SCHEMES = ("postgres", "postgresql")


def env(name: str, default: str | None = None) -> str:
    """The environment variable `name`; without a default, its absence is an error."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (see README.md, Configuration).")
    return value


def env_or(name: str, otherwise: Callable[[], str]) -> str:
    """As env(), where an unset or empty variable is made up for by `otherwise`."""
    return os.environ.get(name) or otherwise()


def env_bool(name: str, default: str) -> bool:
    """As env(), accepting "true" or "false" in any case."""
    value = env(name, default).strip().lower()
    if value not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 'true' or 'false'.")
    return value == "true"


def env_keys(name: str, *, otherwise: Callable[[], bytes]) -> tuple[bytes, ...]:
    """The 32-byte keys that `name` holds in base64, separated by commas; if unset, `otherwise`."""
    values = env_list(name, "")
    return tuple(_key(name, one) for one in values) or (otherwise(),)


def env_named_keys(name: str) -> dict[str, bytes]:
    """The 32-byte keys that `name` holds as `id:base64`, separated by commas, by their ids."""
    keys: dict[str, bytes] = {}
    for part in env_list(name, ""):
        kid, mark, value = part.partition(":")
        if not mark or not KEY_ID.fullmatch(kid) or kid in keys:
            raise ImproperlyConfigured(
                f"{name} must be keys written id:base64, separated by commas, each with its own id."
            )
        keys[kid] = _key(name, value)
    return keys


def _key(name: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(
            f"{name} must be {KEY_BYTES} bytes in base64; make one with: openssl rand -base64 32"
        )
    return key


def env_number(name: str, default: str, *, minimum: float, maximum: float) -> float:
    """As env(), a number within [minimum, maximum]."""
    value = env(name, default)
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a number.") from None
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(
            f"{name} is {value}; it must be between {minimum:g} and {maximum:g}."
        )
    return number


def env_word(name: str, default: str, *, allowed: Sequence[str]) -> str:
    """As env(), one of the words that are allowed."""
    value = env(name, default).strip()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def env_list(name: str, default: str) -> list[str]:
    """As env(), a comma-separated list."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def mailer_settings(url: str) -> dict[str, object]:
    """Django's settings for a mail server: `smtp://user:password@host:587` with STARTTLS,
    `smtps://…` with TLS from the beginning, `smtp+plain://host:25` without; "" for none.

    Raises ImproperlyConfigured when the URL is not one.
    """
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in SMTP_SCHEMES or not parts.hostname or port == 0:
        raise ImproperlyConfigured(
            "M25_SMTP_URL must look like smtp://user:password@host:587, with the scheme smtp, "
            "smtps or smtp+plain."
        )
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp",
            "use_ssl": parts.scheme == "smtps",
            "timeout": SMTP_SECONDS,
        },
    }


def database_settings(url: str, *, pool: int = 0) -> dict[str, object]:
    """Django's connection settings for a postgresql:// URL; `?host=` names a unix socket folder.

    `pool` is the largest number of connections of one process; 0 keeps one for each thread.
    Raises ImproperlyConfigured when the URL is not one.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in POSTGRES_SCHEMES or not name:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(query.pop("host", parts.hostname or ""))
    named_port = query.pop("port", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(_port(parts) or named_port),
        "OPTIONS": _connection_options(query, pool=pool),
        # A pool keeps connections open by itself, and Django refuses both at once.
        "CONN_MAX_AGE": 0 if pool else 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from None


def _connection_options(query: dict[str, str], *, pool: int) -> dict[str, object]:
    # A server that does not answer must not hold a request for minutes.
    options: dict[str, object] = {"connect_timeout": "3"}
    # Statements that come again are parsed and planned once for each connection. A PgBouncer in
    # between has to know of prepared statements, as it does from version 1.21 on.
    options |= {"server_side_binding": True, "prepare_threshold": 5}
    options |= {key: unquote(value) for key, value in query.items()}
    if pool:
        # A request that would wait longer is better refused while its sender still listens.
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 2}
    return options
