"""What a token's row says about its bearer, read at every request of the API: hence by hand.

Built through the ORM, the same query costs a millisecond of CPU; the whole intake of an incident
may cost two.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from m25console.models import ApiToken, Tenant, User

# In the models' own order, as from_db() wants them.
_TOKEN: Final = ("id", "name", "digest", "scopes", "last_used_at", "expires_at", "revoked_at")
_TENANT: Final = tuple(field.attname for field in Tenant._meta.concrete_fields)
_PERSON: Final = ("id", "username", "full_name", "is_active")
_FIND: Final = f"""
SELECT {", ".join(f"t.{column}" for column in _TOKEN)}, m.role,
       {", ".join(f"n.{column}" for column in _TENANT)},
       {", ".join(f"u.{column}" for column in _PERSON)}
FROM api_tokens t
JOIN tenants n ON n.id = t.tenant_id
LEFT JOIN users u ON u.id = t.created_by_id
LEFT JOIN memberships m ON m.user_id = t.created_by_id AND m.tenant_id = t.tenant_id
WHERE t.prefix = %s
"""  # noqa: S608 - columns are those of our own tables


@dataclass(frozen=True)
class Bearer:
    """A token with its tenant, the person who made it, and that person's role there.

    Of token and person only the columns above were read; Django reads the rest when asked for it.
    """

    token: ApiToken
    role: str | None
    tenant: Tenant
    person: User | None


def bearer_of(prefix: str) -> Bearer | None:
    """Whose token begins with this prefix; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    token, others = row[: len(_TOKEN)], row[len(_TOKEN) :]
    role, tenant, person = others[0], others[1 : len(_TENANT) + 1], others[len(_TENANT) + 1 :]
    return Bearer(
        token=ApiToken.from_db(connection.alias, _TOKEN, token),
        role=role,
        tenant=Tenant.from_db(connection.alias, _TENANT, tenant),
        person=None if person[0] is None else User.from_db(connection.alias, _PERSON, person),
    )
