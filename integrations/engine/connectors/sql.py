"""The gateway to a database: a statement by its name, and values that the driver binds.

Whoever calls never sees or sends SQL. A statement that reads runs in a transaction that cannot
write, with a time limit of the server's own and no more rows than it may bring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.actions.connector_actions import parameters_of
from integrations.actions.connectors import Tested
from integrations.domain import redaction, sql_templates
from integrations.domain.connectors import MAX_RESPONSE, MAX_ROWS
from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.domain.sql_templates import TemplateFault
from integrations.drivers import looking, mysql, postgresql, visits
from integrations.drivers.sql import Rows
from integrations.drivers.visits import Refused
from integrations.engine.connectors.calls import (
    MASK,
    Answer,
    Asked,
    CallFault,
    Prepared,
    Secret,
    unknown_action,
)
from integrations.models import Connector, ConnectorAction

ENGINES: Final = {"postgresql": Engine.POSTGRESQL, "mysql": Engine.MYSQL}
OPENED: Final = {Engine.POSTGRESQL: postgresql.opened, Engine.MYSQL: mysql.opened}


def prepare(asked: Asked) -> Prepared:
    """The statement an action and its values make. Raises CallFault for one that may not run."""
    row, config = _allowed(asked), asked.connector.config
    try:
        values, warnings = sql_templates.bound(parameters_of(row), asked.payload)
    except TemplateFault as fault:
        raise CallFault("invalid_payload", str(fault), is_ours=True) from None
    statement = sql_templates.for_driver(row.sql)
    order = sql_templates.places_in(row.sql)
    most = min(row.max_rows or MAX_ROWS, config["max_rows"])
    told: dict[str, Any] = {
        "statement": row.sql, "rows_at_most": most, "only_reads": row.is_read_only,
    }  # fmt: skip
    told["account"] = {"username": MASK, "password": MASK}

    def send(secret: Secret, seconds: float) -> Answer:
        limit = min(seconds, row.timeout_seconds or seconds)
        reach = reach_of(config, secret, engine=ENGINES[config["dialect"]])
        bound = [_for(reach.engine, values[name]) for name in order]
        return _ran(reach, statement, bound, most=most, seconds=limit, reads=row.is_read_only)

    return Prepared(
        shown=told | {"values": plain(values)},
        kept=told | {"values": redaction.redacted(plain(values))},
        send=send, needs=("username", "password"), warnings=warnings, only_reads=row.is_read_only,
    )  # fmt: skip


def test(connector: Connector, secret: Secret, seconds: float) -> Tested:
    """Sign in, see what the account may, and list tables."""
    config = connector.config
    return looked_at(config, secret, seconds, engine=ENGINES[config["dialect"]])


def looked_at(
    config: Mapping[str, Any], secret: Secret, seconds: float, *, engine: Engine
) -> Tested:
    """How a look at a database went."""
    seen = looking.look(reach_of(config, secret, engine=engine), seconds=seconds)
    return Tested(seen.is_good, seen.message, [asdict(one) for one in seen.stages])


def reach_of(config: Mapping[str, Any], secret: Secret, *, engine: Engine) -> Reach:
    """How the database is reached."""
    return Reach(
        engine=engine, host=config["host"], port=config["port"],
        database=config["database"], username=secret["username"], password=secret["password"],
        is_tls=config["uses_tls"],
    )  # fmt: skip


def answer_of(found: Rows) -> Answer:
    """The rows as JSON holds them; those beyond the byte cap are left out, from the end."""
    rows = [dict(zip(found.columns, plain(one), strict=True)) for one in found.rows]
    sizes = [len(orjson.dumps(one)) + 1 for one in rows]
    size = sum(sizes) + 1
    is_cut = found.is_cut
    while size > MAX_RESPONSE:
        rows.pop()
        size -= sizes.pop()
        is_cut = True
    return Answer(rows, size, row_count=len(rows), is_truncated=is_cut)


def plain(value: Any) -> Any:
    """A value of a database as JSON holds it: exact numbers and moments as text, bytes in hex."""
    match value:
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
    is_told = value is None or isinstance(value, bool | float | str)
    is_whole = isinstance(value, int) and abs(value) < 2**63
    return value if is_told or is_whole else str(value)


def _allowed(asked: Asked) -> ConnectorAction:
    """The action, if there is one and the connector lets it do what it does."""
    if asked.row is None:
        raise unknown_action(asked.connector)
    if asked.connector.config["is_read_only"] and not asked.row.is_read_only:
        told = "This statement may write, and the connector only reads."
        raise CallFault("read_only", told, is_ours=True)
    return asked.row


def _for(engine: Engine, value: Any) -> Any:
    """The value as the engine's driver binds it."""
    if engine is not Engine.MYSQL:
        return value
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return str(value) if isinstance(value, UUID) else value


def _ran(
    reach: Reach, statement: str, values: Sequence[Any], *, most: int, seconds: float, reads: bool
) -> Answer:
    course = visits.course_of(reach, seconds=seconds)
    try:
        with OPENED[reach.engine](reach, course, is_read_only=reads) as session:
            visits.signed_in(course)
            if reads:
                return answer_of(session.rows(statement, values, most=most))
            found = session.changed(statement, values, most=most)
            session.commit()
            return answer_of(found)
    except Refused as refused:
        raise CallFault("refused_by_server", str(refused)) from None
