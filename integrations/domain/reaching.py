"""How a data source is reached, read from its configuration: integrations 1.0.0."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from integrations.domain.engines import ENGINES, Engine, chooser_of, engine_of, option_for
from integrations.domain.source_configs import MARK
from integrations.domain.sources import SourceType

TLS_MODES: Final = frozenset({"require", "verify-ca", "verify-full", "required", "true"})
AMAZON: Final = "s3.{region}.amazonaws.com"
USUAL_REGION: Final = "us-east-1"
_SIGN_IN: Final = ("host", "username", "password", "database")


class CannotReach(ValueError):  # noqa: N818 - a sentence for whoever configured it
    """The configuration does not say how; the text repeats none of it."""


@dataclass(frozen=True)
class Reach:
    """Where a server is and how one signs in. Lives in memory only, as it holds the secrets."""

    engine: Engine
    host: str = ""
    port: int = 0
    database: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    auth_type: str = ""
    is_tls: bool = False
    verifies: bool = True
    authority: str = ""  # path of the certificate that its own is checked against
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may repeat."""
        return tuple(one for one in (self.password, self.api_key) if one)

    @property
    def url(self) -> str:
        """The address of a web server, without any secret."""
        scheme = "https" if self.is_tls else "http"
        usual = 443 if self.is_tls else 80
        port = "" if self.port == usual else f":{self.port}"
        path = str(self.options.get("path") or "/")
        return f"{scheme}://{_bracketed(self.host)}{port}{path if path[0] == '/' else f'/{path}'}"


def engine_for(source_type: SourceType, config: Mapping[str, Any]) -> Engine:
    """The engine that a configuration, whole or with marks, is of. Raises CannotReach."""
    given = str(config.get("connection_string") or MARK)
    word = str(config.get("options", {}).get(chooser_of(source_type)) or "")
    if given != MARK:
        word = _parts(given).scheme.partition("+")[0]
    found = engine_of(source_type, word)
    if found is None:
        raise CannotReach(f"A source of the type {source_type} cannot be of this kind.")
    return found


def named(source_type: SourceType, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the option that names its engine as its whole address says, which
    cannot be read any more once it is sealed. Raises CannotReach."""
    if config.get("connection_string") in (None, MARK):
        return dict(config)
    engine, options = engine_for(source_type, config), dict(config.get("options", {}))
    options.pop(chooser_of(source_type), None)
    return {**config, "options": {**options, **option_for(engine)}}


def reach_of(
    source_type: SourceType, config: Mapping[str, Any], *, plain_at: Container[str] = ()
) -> Reach:
    """How to reach a source by its whole configuration. `plain_at`: the host:port that the
    operator lets be called without TLS. Raises CannotReach."""
    engine = engine_for(source_type, config)
    told = _of_address(config) if config.get("connection_string") else _of_settings(config)
    options = {**config.get("options", {}), **told.pop("options")}
    if engine is Engine.S3 and not told["host"]:
        told["host"] = AMAZON.format(region=options.get("region") or USUAL_REGION)
    reach = Reach(
        engine=engine,
        api_key=str(config.get("api_key") or ""),
        auth_type=str(config.get("auth_type") or ""),
        verifies=bool(config.get("ssl_verify", True)),
        authority=str(config.get("ssl_cert_path") or ""),
        options=options,
        **told,
    )
    return reach if engine is Engine.FOLDER else _completed(reach, plain_at)


def build_url(
    source_type: SourceType, config: Mapping[str, Any], *, mask: bool,
    plain_at: Container[str] = (),
) -> str | None:  # fmt: skip
    """The address of a source; None without a server. Masked, it holds no secret; else it must
    not leave the process. Raises CannotReach."""
    if whole := config.get("connection_string"):
        return _masked(whole) if mask else str(whole)
    host, port = config.get("host"), config.get("port")
    if not host:
        return None
    scheme = _scheme(source_type, config, plain_at)
    user = quote(str(config.get("username") or ""), safe="")
    password = config.get("password")
    if user and password:
        user = f"{user}:{MARK if mask else quote(str(password), safe='')}"
    path = config.get("database")
    place = f"{_bracketed(host)}{f':{port}' if port else ''}"
    tail = f"/{quote(str(path), safe='')}" if path else ""
    return f"{scheme}{f'{user}@' if user else ''}{place}{tail}"


def _scheme(source_type: SourceType, config: Mapping[str, Any], plain_at: Container[str]) -> str:
    engine = engine_for(source_type, config)
    if engine is Engine.OTHER:
        word = config.get("options", {}).get("scheme")
        return f"{word}://" if word else ""
    scheme = ENGINES[engine].scheme
    if scheme == "https" and not config.get("ssl_enabled"):
        where = f"{config['host']}:{config.get('port') or 80}".lower()
        scheme = "http" if where in plain_at else "https"
    return f"{scheme}://"


def _completed(reach: Reach, plain_at: Container[str]) -> Reach:
    """With the usual port, and TLS where it cannot be without."""
    kind = ENGINES[reach.engine]
    if not reach.host:
        raise CannotReach("Enter the name of the server.")
    is_tls = reach.is_tls
    if kind.is_always_tls:
        plain = f"{reach.host}:{reach.port or 80}".lower()
        is_tls = is_tls or plain not in plain_at
    port = reach.port or (80 if kind.is_always_tls and not is_tls else kind.port)
    if not port:
        raise CannotReach("Enter the port of the server.")
    return replace(reach, is_tls=is_tls, port=port)


def _of_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: str(config.get(name) or "") for name in _SIGN_IN},
        "port": int(config.get("port") or 0),
        "is_tls": bool(config.get("ssl_enabled")),
        "options": {},
    }


def _of_address(config: Mapping[str, Any]) -> dict[str, Any]:
    """The same from a whole address, such as postgresql://reader:secret@db:5432/orders."""
    parts = _parts(str(config["connection_string"]))
    query = dict(parse_qsl(parts.query))
    mode = query.get("sslmode") or query.get("ssl-mode") or query.get("ssl") or ""
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_folder = parts.scheme == "file"
    return {
        "host": parts.hostname or "",
        "port": _port(parts),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path if is_folder else parts.path.lstrip("/")),
        "is_tls": (
            mode.lower() in TLS_MODES
            or parts.scheme in ("https", "rediss")
            or bool(config.get("ssl_enabled"))
        ),
        "options": {"path": path or "/"} if parts.scheme in ("https", "http") else {},
    }


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise CannotReach("This is not the address of a server.") from None
    if not parts.scheme or "," in parts.netloc or "+srv" in parts.scheme:
        raise CannotReach("Enter the address of one server, such as postgresql://host:5432/name.")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or 0
    except ValueError:
        raise CannotReach("The port in the address is no number from 1 to 65535.") from None


def _masked(address: str) -> str:
    """With whoever signs in there masked, and without the part where passwords hide."""
    before, mark, after = address.partition("://")
    if not mark:
        return MARK
    userinfo, _, place = after.partition("?")[0].rpartition("@")
    return f"{before}://{f'{MARK}@' if userinfo else ''}{place}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
