"""Who may do what and who did what, as files: the audit, members, API tokens."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from loops.presenters import audit
from m25console.access import Actor, check_administers
from m25console.exports import Column, Maker, Query, Table, field, listed
from m25console.keyset import Order
from m25console.models import ApiToken, AuditEntry, Membership

NEWEST: Final = Order()
JOINED: Final = Order(tie_kind=int)


def audit_table(actor: Actor, query: Query, _now: datetime) -> Table[AuditEntry]:
    audit.check_reads(actor)
    return listed(
        "audit",
        audit.filters_from(query).rows(actor),
        order=audit.NEWEST,
        columns=[
            field("at"),
            field("actor", "actor_label"),
            field("door"),
            field("action"),
            field("object_type"),
            field("object_id"),
            Column("before", lambda row: _json(row.before)),
            Column("after", lambda row: _json(row.after)),
            field("note"),
        ],
        filters=query,
    )


def member_table(actor: Actor, query: Query, _now: datetime) -> Table[Membership]:
    return listed(
        "members",
        actor.tenant.memberships.select_related("user"),
        order=JOINED,
        columns=[
            field("sign_in_name", "user.username"),
            field("name", "user.full_name"),
            field("role"),
            field("member_since", "created_at"),
            field("last_sign_in", "user.last_login"),
        ],
        filters=query,
    )


def token_table(actor: Actor, query: Query, _now: datetime) -> Table[ApiToken]:
    check_administers(actor)
    return listed(
        "tokens",
        ApiToken.objects.for_tenant(actor.tenant).select_related("created_by"),
        order=NEWEST,
        columns=[
            field("id"),
            field("name"),
            field("prefix"),
            Column("scopes", lambda row: ", ".join(row.scopes)),
            Column("created_by", lambda row: str(row.created_by or "")),
            field("created_at"),
            field("last_used_at"),
            field("expires_at"),
            field("revoked_at"),
        ],
        filters=query,
    )


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value)


TABLES: Final[Mapping[str, Maker]] = {
    "audit": audit_table,
    "members": member_table,
    "tokens": token_table,
}
