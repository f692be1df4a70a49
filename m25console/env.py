"""Reading the environment: a wrong value stops the start with a sentence that says the remedy."""

import os
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

POSTGRES_SCHEMES = ("postgres", "postgresql")


def env(name: str, default: str | None = None) -> str:
    """The environment variable `name`; without a default, its absence is an error."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (see README.md, Configuration).")
    return value


def env_bool(name: str, default: str) -> bool:
    """As env(), accepting "true" or "false" in any case."""
    value = env(name, default).strip().lower()
    if value not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 'true' or 'false'.")
    return value == "true"


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


def env_list(name: str, default: str) -> list[str]:
    """As env(), a comma-separated list."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def database_settings(url: str) -> dict[str, object]:
    """Django's connection settings for a postgresql:// URL; `?host=` names a unix socket folder.

    Raises ImproperlyConfigured when the URL is not one.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in POSTGRES_SCHEMES or not name:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", parts.hostname or "")),
        "PORT": str(port or query.pop("port", "")),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }
