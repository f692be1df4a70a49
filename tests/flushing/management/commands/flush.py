"""`flush`, as tests that commit want it after each of them."""

from typing import Any, Final

from django.core.management.commands import flush
from django.db import connection

# What migrations fill.
KEPT: Final = frozenset(
    {"auth_permission", "django_content_type", "django_migrations", "suggestion_action"}
)


class Command(flush.Command):
    """Empties the tables that have rows; Django's own empties all, and then makes the types and
    permissions of every model anew."""

    def handle(self, **_options: Any) -> None:
        with connection.cursor() as cursor:
            tables = sorted(set(connection.introspection.table_names(cursor)) - KEPT)
            quoted = [connection.ops.quote_name(one) for one in tables]
            asked = ", ".join(f"EXISTS (SELECT FROM {one})" for one in quoted)
            cursor.execute(f"SELECT ARRAY[{asked}]")
            (filled,) = cursor.fetchone()
            held = [one for one, has_rows in zip(quoted, filled, strict=True) if has_rows]
            if held:
                # No rule of a table, such as that of histories, that nothing is deleted.
                deleted = "; ".join(f"DELETE FROM {one}" for one in held)
                cursor.execute(
                    f"BEGIN; SET LOCAL session_replication_role = replica; {deleted}; COMMIT"
                )
