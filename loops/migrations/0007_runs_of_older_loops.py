"""Every loop that was begun before the runtime audit contract gets its run, from its history."""

from django.db import connection, migrations, transaction
from django.utils import timezone

BATCH = 2000
_NEXT = """
SELECT max(id), array_agg(id) FROM (
    SELECT id FROM loop_traces WHERE id > %s ORDER BY id LIMIT %s
) next
"""


def declare(apps, schema_editor):
    """A batch at a time, each committed by itself; what was interrupted goes on the next time."""
    last = ""
    while last is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_NEXT, [last, BATCH])
            last, ids = cursor.fetchone()
            if ids:
                cursor.execute("SELECT declare_loop_runs(%s, %s)", [ids, timezone.now()])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loops", "0006_runtime_audit")]
    operations = [migrations.RunPython(declare, migrations.RunPython.noop)]
