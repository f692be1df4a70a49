"""What a connector of each type is set up with: one table, from which forms, checks and the
documentation follow. Secrets are named here and never kept here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.connectors import (
    CALLS_A_MINUTE,
    MAX_ROWS,
    RETRIES,
    TIMEOUT_SECONDS,
    AuthType,
    ConnectorType,
    Method,
)

MAX_TEXT: Final = 2048  # characters of one setting
_TABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")
type Config = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """One setting. Its kind follows from its default: a text, a whole number from `least` to
    `most`, a yes or no, one of `choices`, or for a tuple several of them."""

    name: str
    label: str
    default: str | int | bool | tuple[str, ...]
    hint: str = ""
    is_required: bool = False
    is_url: bool = False
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 1
    example: str = ""


TIMEOUT: Final = Setting(
    "timeout_seconds", "Seconds a call may take", TIMEOUT_SECONDS, most=TIMEOUT_SECONDS
)
RATE: Final = Setting(
    "rate_limit_requests", "Calls in any 60 seconds", CALLS_A_MINUTE, most=CALLS_A_MINUTE,
    hint="Those that fail count too.",
)  # fmt: skip
AGAIN: Final = Setting(
    "max_retries", "Tries more where it was away", RETRIES, least=0, most=RETRIES,
    hint="Only of calls that read, after 1, 2 and 4 seconds, within the seconds above.",
)  # fmt: skip
_READ_ONLY: Final = Setting(
    "is_read_only", "It only reads", default=True, hint="Whatever would write is refused."
)
_SERVER: Final = (
    Setting("host", "Server", "", is_required=True, example="db.example.org"),
    Setting("port", "Port", 5432, most=65_535),
    Setting("database", "Database", "", is_required=True),
    Setting(
        "uses_tls",
        "Encrypted (TLS)",
        default=True,
        hint="Switch it off only for a server that the operator allows beside this one.",
    ),
)
_REGION: Final = Setting("region", "Region", "us-east-1")
_ENDPOINT: Final = Setting(
    "endpoint_url", "Address", "", hint="Leave empty for AWS itself.", is_url=True
)
_ADDRESS: Final = Setting(
    "endpoint", "Address", "", hint="For the record: the console does not call it."
)

SETTINGS: Final[Mapping[ConnectorType, tuple[Setting, ...]]] = {
    ConnectorType.HTTP: (
        Setting(
            "base_url", "Address", "", is_required=True, is_url=True,
            hint="Every path of an action follows it.", example="https://api.example.org/v1",
        ),
        Setting(
            "auth_type", "It knows you by", AuthType.NONE.value, choices=tuple(AuthType),
            hint="The secret is read from the vault for each call.",
        ),
        Setting("auth_header", "In the header", "Authorization"),
        Setting(
            "allowed_methods", "Methods allowed", (Method.GET.value, Method.POST.value),
            choices=tuple(Method),
        ),
        TIMEOUT,
        AGAIN,
        RATE,
    ),
    ConnectorType.SQL: (
        Setting("dialect", "Kind", "postgresql", choices=("postgresql", "mysql")),
        *_SERVER,
        _READ_ONLY,
        Setting("max_rows", "Rows at most", MAX_ROWS, most=MAX_ROWS),
        TIMEOUT,
        AGAIN,
        RATE,
    ),
    ConnectorType.VECTOR: (
        *_SERVER,
        Setting("table", "Table", "", is_required=True, example="public.documents"),
        Setting("vector_dimension", "Numbers in a vector", 1536, most=16_000),
        Setting(
            "distance_metric", "Distance", "cosine", choices=("cosine", "l2", "inner_product")
        ),
        _READ_ONLY,
        TIMEOUT,
        AGAIN,
        RATE,
    ),
    ConnectorType.FILE: (
        Setting("storage_type", "Storage", "local", choices=("local", "s3")),
        Setting(
            "base_path", "Folder", "/", hint="Nothing outside it is reached.",
            example="/exports/daily",
        ),
        Setting("bucket", "Bucket", "", hint="For S3; it must exist."),
        _REGION,
        _ENDPOINT,
        _READ_ONLY,
        TIMEOUT,
        AGAIN,
        RATE,
    ),
    ConnectorType.SERVERLESS: (
        Setting("platform", "Platform", "aws_lambda", choices=("aws_lambda", "http_functions")),
        Setting(
            "functions", "Functions", "", is_required=True,
            hint="The names that may be invoked, separated by commas.",
        ),
        _REGION,
        _ENDPOINT,
        Setting(
            "auth_type", "HTTP functions know you by", AuthType.NONE.value,
            choices=tuple(AuthType),
        ),
        TIMEOUT,
        RATE,
    ),
    ConnectorType.MCP: (_ADDRESS,),
    ConnectorType.STREAM: (_ADDRESS,),
    ConnectorType.CUSTOM: (_ADDRESS,),
}  # fmt: skip


def settled(kind: ConnectorType, config: Config) -> dict[str, Any]:
    """The configuration with the usual value wherever none is given."""
    usual = {
        one.name: list(one.default) if isinstance(one.default, tuple) else one.default
        for one in SETTINGS[kind]
    }
    return usual | dict(config)


def faults(kind: ConnectorType, config: Config) -> dict[str, str]:
    """What is wrong with a configuration, by setting: those nobody knows, those that are missing,
    and those with a value that cannot be."""
    known = {one.name: one for one in SETTINGS[kind]}
    wrong = {
        one.name: f"{one.label} is missing."
        for one in known.values()
        if one.is_required and not config.get(one.name)
    }
    for name, value in config.items():
        if name not in known:
            wrong[name] = f"A connector of type {kind} has no setting {name}."
        elif name not in wrong and (told := _fault(known[name], value)):
            wrong[name] = told
    return wrong or _faults_between(kind, settled(kind, config))


def urls(kind: ConnectorType, config: Config) -> dict[str, str]:
    """The addresses in a configuration that will be called, by setting."""
    return {
        one.name: config[one.name] for one in SETTINGS[kind] if one.is_url and config.get(one.name)
    }


def secret_parts(kind: ConnectorType, config: Config) -> tuple[str, ...]:
    """The parts of the secret that a connector needs; none where it shows nobody anything."""
    given = settled(kind, config)
    if kind in (ConnectorType.SQL, ConnectorType.VECTOR):
        return ("username", "password")
    is_of_aws = given.get("storage_type") == "s3" or given.get("platform") == "aws_lambda"
    if is_of_aws:
        return ("access_key_id", "secret_access_key")
    match given.get("auth_type"):
        case AuthType.BEARER:
            return ("token",)
        case AuthType.API_KEY:
            return ("api_key",)
        case AuthType.BASIC:
            return ("username", "password")
    return ()


def _fault(one: Setting, value: Any) -> str:
    """What is wrong with one value; empty if nothing is."""
    match one.default:
        case bool():
            return "" if isinstance(value, bool) else "Say true or false."
        case int():
            fits = type(value) is int and one.least <= value <= one.most
            return "" if fits else f"A whole number from {one.least} to {one.most:,}."
        case tuple():
            fits = isinstance(value, list) and bool(value) and all(
                isinstance(each, str) and each in one.choices for each in value
            )  # fmt: skip
            return "" if fits else f"Some of: {', '.join(one.choices)}."
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        return f"A text of at most {MAX_TEXT:,} plain characters."
    if one.choices and value not in one.choices:
        return f"One of: {', '.join(one.choices)}."
    return ""


def _faults_between(kind: ConnectorType, config: Config) -> dict[str, str]:
    """What is wrong only beside other settings."""
    if kind is ConnectorType.HTTP and set("?#") & set(config["base_url"]):
        return {"base_url": "Leave the query out: each action adds its own."}
    if kind is ConnectorType.HTTP and not _is_header(config["auth_header"]):
        return {"auth_header": "A header's name has letters, digits and dashes."}
    if kind is ConnectorType.VECTOR and not _TABLE.fullmatch(config["table"]):
        return {"table": "A table's name, with its schema or without, in plain letters."}
    if config.get("storage_type") == "s3" and not config["bucket"]:
        return {"bucket": "Bucket is missing."}
    if config.get("platform") == "http_functions" and not config["endpoint_url"]:
        return {"endpoint_url": "Address is missing."}
    return {}


def _is_header(name: str) -> bool:
    told = name.replace("-", "")
    return told.isascii() and told.isalnum() and name.lower() not in ("host", "content-length")
