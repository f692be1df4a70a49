"""`flush`, as tests that commit want it after each of them."""

from importlib import import_module
from typing import Any, Final

from django.apps import apps
from django.core.management.commands import flush
from django.db import connection

# What migrations fill and no test changes.
KEPT: Final = frozenset({"auth_permission", "django_content_type", "django_migrations"})


class Command(flush.Command):
    """Empties the tables that have rows; Django's own empties all, and then makes the types and
    permissions of every model anew. The catalogue of actions is filled again, as tests count in
    it."""

    def handle(self, **_options: Any) -> None:
        with connection.cursor() as cursor:
            tables = sorted(set(connection.introspection.table_names(cursor)) - KEPT)
            quoted = [connection.ops.quote_name(one) for one in tables]
            asked = ", ".join(f"EXISTS (SELECT FROM {one})" for one in quoted)
            cursor.execute(f"SELECT ARRAY[{asked}]")
            (filled,) = cursor.fetchone()
            held = [one for one, has_rows in zip(quoted, filled, strict=True) if has_rows]
            # No rule of a table, such as that of histories, that nothing is deleted.
            deleted = "; ".join(f"DELETE FROM {one}" for one in held)
            cursor.execute(
                f"BEGIN; SET LOCAL session_replication_role = replica; {deleted}; COMMIT"
            )
        import_module("loops.migrations.0003_recovery_actions").seed(apps, connection)
