"""Vectors in a table of PostgreSQL with pgvector.

The table has the columns id, namespace, embedding and metadata; `create` makes one. Its name is
checked where it is set and quoted where it is used, and every value is bound.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import Any, Final

import orjson

from integrations.actions.connectors import Tested
from integrations.domain import redaction
from integrations.domain.connector_operations import UPSERT_BATCH
from integrations.domain.engines import Engine
from integrations.drivers import postgresql, visits
from integrations.drivers.sql import SqlSession
from integrations.drivers.visits import Refused
from integrations.engine.connectors import fixed, sql
from integrations.engine.connectors.calls import MASK, Answer, Asked, CallFault, Prepared, Secret
from integrations.models import Connector

DISTANCES: Final = {"cosine": "<=>", "l2": "<->", "inner_product": "<#>"}
CLASSES: Final = {
    "cosine": "vector_cosine_ops", "l2": "vector_l2_ops", "inner_product": "vector_ip_ops",
}  # fmt: skip
LISTS: Final = 100
INDEXED: Final = 2000  # numbers of a vector that IVFFlat can index
MOST: Final = 1000  # rows of an answer
QUERY: Final = "SELECT <columns> FROM <table> WHERE <where> ORDER BY <distance> LIMIT %s"
STATS: Final = "SELECT namespace, count(*) AS vectors FROM <table> GROUP BY 1 ORDER BY 1"
UPSERT: Final = """
WITH kept AS (
    INSERT INTO <table> (id, namespace, embedding, metadata)
    SELECT one->>'id', %s, (one->>'values')::vector, coalesce(one->'metadata', '{}')
    FROM jsonb_array_elements(%s::jsonb) AS one
    ON CONFLICT (namespace, id) DO UPDATE
    SET embedding = excluded.embedding, metadata = excluded.metadata
    RETURNING 1
) SELECT count(*) AS upserted FROM kept
"""
DELETE: Final = """
WITH gone AS (DELETE FROM <table> WHERE <where> RETURNING 1) SELECT count(*) AS deleted FROM gone
"""
type Step = tuple[str, Sequence[Any]]


def prepare(asked: Asked) -> Prepared:
    """The statements an operation comes to. Raises CallFault for values that cannot be."""
    operation, values = fixed.operation_of(asked)
    config = asked.connector.config
    steps = _STEPS[operation.name](config, values)
    told: dict[str, Any] = {
        "operation": operation.name,
        "statements": [one for one, _ in steps][:1],
    }
    told |= {"account": {"username": MASK, "password": MASK}, "batches": len(steps)}

    def send(secret: Secret, seconds: float) -> Answer:
        reach = sql.reach_of(config, secret, engine=Engine.PGVECTOR)
        course = visits.course_of(reach, seconds=seconds)
        try:
            with postgresql.opened(reach, course, is_read_only=not operation.writes) as session:
                visits.signed_in(course)
                return _ran(session, steps, writes=operation.writes)
        except Refused as refused:
            raise CallFault("refused_by_server", str(refused)) from None

    return Prepared(
        shown=told | {"values": values}, kept=told | {"values": redaction.redacted(values)},
        send=send, needs=("username", "password"), only_reads=not operation.writes,
    )  # fmt: skip


def test(connector: Connector, secret: Secret, seconds: float) -> Tested:
    """Sign in, see that the extension is there, and count what the table holds."""
    found = sql.looked_at(connector.config, secret, seconds, engine=Engine.PGVECTOR)
    if not found.is_good:
        return found
    try:
        answer = prepare(Asked(connector, "stats", {})).send(secret, seconds)
    except CallFault as fault:
        told = f"{fault} The action “create” makes the table."
        return Tested(True, told, found.stages)
    told = f"The table holds {sum(one['vectors'] for one in answer.data):,} vectors."
    return Tested(True, told, found.stages)


def _query(config: Mapping[str, Any], values: Mapping[str, Any]) -> list[Step]:
    distance = f"embedding {DISTANCES[config['distance_metric']]} %s::vector"
    near = _literal(config, values["vector"])
    columns = ["id", f"{distance} AS distance"]
    columns += ["metadata"] if values["include_metadata"] else []
    columns += ["embedding::text AS values"] if values["include_vectors"] else []
    where, bound = _narrowed(values)
    text = _about(QUERY, config, columns=", ".join(columns), where=where, distance=distance)
    return [(text, [near, *bound, near, values["top_k"]])]


def _stats(config: Mapping[str, Any], _values: Mapping[str, Any]) -> list[Step]:
    return [(_about(STATS, config), [])]


def _upsert(config: Mapping[str, Any], values: Mapping[str, Any]) -> list[Step]:
    text = _about(UPSERT, config)
    vectors = {one["id"]: one for one in values["vectors"]}  # one statement sets an id once
    for one in vectors.values():
        _literal(config, one["values"])
    name = values.get("namespace", "")
    parts = batched(vectors.values(), UPSERT_BATCH)
    return [(text, [name, orjson.dumps(part).decode()]) for part in parts]


def _delete(config: Mapping[str, Any], values: Mapping[str, Any]) -> list[Step]:
    ways = [bool(values.get("ids")), bool(values.get("filter")), values["all"]]
    if sum(ways) != 1:
        raise CallFault("invalid_payload", "Give ids, or a filter, or all.", is_ours=True)
    if values["all"] and values.get("confirm") != config["table"]:
        told = "To delete all, give the name of the table as confirm."
        raise CallFault("not_confirmed", told, is_ours=True)
    where, bound = _narrowed(values)
    if values.get("ids"):
        where, bound = f"{where} AND id = ANY(%s)", [*bound, list(values["ids"])]
    return [(_about(DELETE, config, where=where), bound)]


def _create(config: Mapping[str, Any], _values: Mapping[str, Any]) -> list[Step]:
    table, size = _table(config), int(config["vector_dimension"])
    made = (
        f"CREATE TABLE IF NOT EXISTS {table} (id text NOT NULL, namespace text NOT NULL DEFAULT '',"
        f" embedding vector({size}) NOT NULL, metadata jsonb NOT NULL DEFAULT '{{}}', "
        "PRIMARY KEY (namespace, id))"
    )
    kind = CLASSES[config["distance_metric"]]
    name = '"' + config["table"].rpartition(".")[2][:50] + '_near"'
    index = (
        f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING ivfflat (embedding {kind}) "
        f"WITH (lists = {LISTS})"
    )
    return [(made, []), *([(index, [])] if size <= INDEXED else [])]


def _about(statement: str, config: Mapping[str, Any], **parts: str) -> str:
    """The statement about this connector's table, with parts of our own in their places."""
    for name, part in {"table": _table(config), **parts}.items():
        statement = statement.replace(f"<{name}>", part)
    return statement


def _narrowed(values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    bound: list[Any] = [values.get("namespace", "")]
    if not values.get("filter"):
        return "namespace = %s", bound
    return "namespace = %s AND metadata @> %s::jsonb", [
        *bound, orjson.dumps(values["filter"]).decode(),
    ]  # fmt: skip


def _literal(config: Mapping[str, Any], vector: Sequence[float]) -> str:
    if len(vector) != config["vector_dimension"]:
        raise CallFault(
            "wrong_dimension", f"A vector here has {config['vector_dimension']} numbers, and this "
            f"one {len(vector)}.", is_ours=True,
        )  # fmt: skip
    return orjson.dumps(list(vector)).decode()


def _table(config: Mapping[str, Any]) -> str:
    """The table, quoted; its name has been checked to hold no quote."""
    return ".".join(f'"{one}"' for one in config["table"].split("."))


def _ran(session: SqlSession, steps: Sequence[Step], *, writes: bool) -> Answer:
    run = session.changed if writes else session.rows
    parts = [sql.answer_of(run(text, bound, most=MOST)) for text, bound in steps]
    if writes:
        session.commit()
    rows = [row for part in parts for row in part.data]
    for row in rows:
        if "values" in row:
            row["values"] = orjson.loads(row["values"])
    size = sum(part.size for part in parts)
    is_cut = any(part.is_truncated for part in parts)
    return Answer(rows, size, row_count=len(rows), is_truncated=is_cut)


_STEPS: Final[Mapping[str, Callable[..., list[Step]]]] = {
    "query": _query,
    "stats": _stats,
    "upsert": _upsert,
    "delete": _delete,
    "create": _create,
}
