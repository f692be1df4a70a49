"""What kinds of servers a data source can be, and what each needs to be reached.

One table, from which forms, checks, masks and documentation follow: integrations 1.0.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from integrations.domain.sources import SourceType


class Engine(StrEnum):
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLSERVER = "sqlserver"
    ORACLE = "oracle"
    MONGODB = "mongodb"
    REDIS = "redis"
    S3 = "s3"
    GCS = "gs"
    AZURE = "azure"
    FOLDER = "file"
    PGVECTOR = "pgvector"
    VECTOR_API = "https"
    API = "api"
    KAFKA = "kafka"
    OTHER = "other"


@dataclass(frozen=True)
class Field:
    """A setting as an engine's form shows it; a name in `options` is behind a dot."""

    name: str
    label: str
    hint: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Kind:
    """An engine: its type, how it is called, the port it listens on, what its form asks.

    `goes_further`: there is a driver that signs in and looks around. `scheme` begins its URL.
    """

    type: SourceType
    title: str
    about: str
    scheme: str
    port: int
    fields: tuple[Field, ...]
    goes_further: bool = True
    is_always_tls: bool = False


_SERVER: Final = Field("host", "Server", "Its name or address, without a port.", is_required=True)
_PORT: Final = Field("port", "Port", "Empty: the usual one.")
_DATABASE: Final = Field("database", "Database", is_required=True)
_USER: Final = Field("username", "User", "Best one that may only read.", is_required=True)
_PASSWORD: Final = Field("password", "Password")
_TLS: Final = (
    Field("ssl_enabled", "Encrypt the connection (TLS)", "Needed where the server asks for it."),
    Field("ssl_verify", "Check the server's certificate", "Without it anybody can pose as it."),
    Field(
        "ssl_cert_path", "Certificate of its authority",
        "A file under the operator's folders; empty: the authorities this machine trusts.",
    ),
)  # fmt: skip
_WHOLE: Final = Field(
    "connection_string", "Or all of it as one address",
    "Stored sealed, as it may hold a password. It wins over the fields above.",
)  # fmt: skip
_SQL: Final = (_SERVER, _PORT, _DATABASE, _USER, _PASSWORD, *_TLS, _WHOLE)
_PLAIN: Final = (_SERVER, _PORT, *_TLS)
_WEB: Final = (
    Field("host", "Server", "Its name, without https://.", is_required=True),
    Field("port", "Port", "Empty: 443."),
    Field("options.path", "Path", "What a test asks for, such as /v1/status. Empty: /"),
    Field("auth_type", "Signs in with"),
    Field("username", "User", "Where it is user and password."),
    Field("password", "Password", "Where it is user and password."),
    Field("api_key", "Key", "Where it is a key; sent as a bearer token or in the header below."),
    Field("options.header", "Header of the key", "Empty: Authorization, as a bearer token."),
)
_BUCKET: Final = (
    Field("database", "Bucket", "Empty: a test lists the buckets.", is_required=False),
    Field("username", "Access key ID", is_required=True),
    Field("password", "Secret access key"),
)

ENGINES: Final[Mapping[Engine, Kind]] = {
    Engine.POSTGRESQL: Kind(
        SourceType.DATABASE, "PostgreSQL", "Tables of a PostgreSQL database.",
        "postgresql", 5432, _SQL,
    ),
    Engine.MYSQL: Kind(
        SourceType.DATABASE, "MySQL", "Tables of a MySQL database.", "mysql", 3306, _SQL
    ),
    Engine.MARIADB: Kind(
        SourceType.DATABASE, "MariaDB", "Tables of a MariaDB database.", "mariadb", 3306, _SQL
    ),
    Engine.SQLSERVER: Kind(
        SourceType.DATABASE, "SQL Server", "Checked as far as the connection.",
        "sqlserver", 1433, _SQL, goes_further=False,
    ),
    Engine.ORACLE: Kind(
        SourceType.DATABASE, "Oracle", "Checked as far as the connection.",
        "oracle", 1521, _SQL, goes_further=False,
    ),
    Engine.MONGODB: Kind(
        SourceType.DOCUMENT, "MongoDB", "Checked as far as the connection.", "mongodb", 27017,
        (_SERVER, _PORT, _DATABASE, _USER, _PASSWORD, *_TLS, _WHOLE), goes_further=False,
    ),
    Engine.REDIS: Kind(
        SourceType.DOCUMENT, "Redis or Valkey", "Keys of a Redis or Valkey server.", "redis", 6379,
        (
            _SERVER, _PORT, Field("database", "Database", "A number; empty: 0."),
            Field("username", "User", "Empty: the default one."), _PASSWORD, *_TLS, _WHOLE,
        ),
    ),
    Engine.S3: Kind(
        SourceType.FILE, "Amazon S3 or compatible", "Objects in a bucket.", "s3", 443,
        (
            *_BUCKET, Field("options.region", "Region", "Such as eu-central-1; empty: us-east-1."),
            Field("host", "Server", "Empty: Amazon's own."), Field("port", "Port", "Empty: 443."),
        ),
        is_always_tls=True,
    ),
    Engine.GCS: Kind(
        SourceType.FILE, "Google Cloud Storage", "Checked as far as the connection.",
        "gs", 443, (*_BUCKET, _SERVER, _PORT), goes_further=False, is_always_tls=True,
    ),
    Engine.AZURE: Kind(
        SourceType.FILE, "Azure Blob Storage", "Checked as far as the connection.",
        "azure", 443, (*_BUCKET, _SERVER, _PORT), goes_further=False, is_always_tls=True,
    ),
    Engine.FOLDER: Kind(
        SourceType.FILE, "A folder of this machine", "Only under the folders the operator allows.",
        "file", 0, (Field("database", "Folder", "Its whole path.", is_required=True),),
    ),
    Engine.PGVECTOR: Kind(
        SourceType.VECTOR, "pgvector", "Vectors in a PostgreSQL database.", "postgresql", 5432, _SQL
    ),
    Engine.VECTOR_API: Kind(
        SourceType.VECTOR, "A vector database over HTTP", "Chroma, Qdrant, Weaviate and the like.",
        "https", 443, _WEB, is_always_tls=True,
    ),
    Engine.API: Kind(
        SourceType.API, "A web API", "REST or GraphQL over HTTPS.",
        "https", 443, _WEB, is_always_tls=True,
    ),
    Engine.KAFKA: Kind(
        SourceType.STREAM, "Kafka", "Checked as far as the connection.",
        "kafka", 9092, (*_PLAIN, _USER, _PASSWORD), goes_further=False,
    ),
    Engine.OTHER: Kind(
        SourceType.CUSTOM, "Something else", "Any server: checked as far as the connection.",
        "", 0, (
            _SERVER, Field("port", "Port", is_required=True),
            Field("options.scheme", "Begins with", "How its addresses begin, such as nats."),
            Field("username", "User"), _PASSWORD, *_TLS,
        ), goes_further=False,
    ),
}  # fmt: skip

# By the first word of an address or by the option that names it; the first is the usual one.
SCHEMES: Final[Mapping[SourceType, Mapping[str, Engine]]] = {
    SourceType.DATABASE: {
        "postgresql": Engine.POSTGRESQL, "postgres": Engine.POSTGRESQL, "mysql": Engine.MYSQL,
        "mariadb": Engine.MARIADB, "sqlserver": Engine.SQLSERVER, "oracle": Engine.ORACLE,
    },
    SourceType.DOCUMENT: {
        "mongodb": Engine.MONGODB, "redis": Engine.REDIS, "rediss": Engine.REDIS,
    },
    SourceType.FILE: {
        "s3": Engine.S3, "gs": Engine.GCS, "azure": Engine.AZURE, "file": Engine.FOLDER,
    },
    SourceType.VECTOR: {
        "https": Engine.VECTOR_API, "http": Engine.VECTOR_API, "pgvector": Engine.PGVECTOR,
        "postgresql": Engine.PGVECTOR, "postgres": Engine.PGVECTOR,
    },
    SourceType.API: {"https": Engine.API, "http": Engine.API},
    SourceType.STREAM: {"kafka": Engine.KAFKA},
    SourceType.CUSTOM: {},
}  # fmt: skip


def chooser_of(source_type: SourceType) -> str:
    """Which option names the engine of a source of this type."""
    return "dialect" if source_type is SourceType.DATABASE else "scheme"


def engine_of(source_type: SourceType, scheme: str) -> Engine | None:
    """The engine behind a word, the usual one behind none; None for a word that fits nothing."""
    if source_type is SourceType.CUSTOM:
        return Engine.OTHER
    known = SCHEMES[source_type]
    return known.get(scheme.lower()) if scheme else next(iter(known.values()))


def option_for(engine: Engine) -> Mapping[str, str]:
    """The options with which a source of its type is of this engine."""
    source_type = ENGINES[engine].type
    known = SCHEMES[source_type]
    word = next((word for word, one in known.items() if one is engine), "")
    is_usual = not word or engine is next(iter(known.values()))
    return {} if is_usual else {chooser_of(source_type): word}
