"""History tables: the database itself refuses to change or remove their rows."""

from django.db import migrations

# One function serves every table. TRUNCATE stays possible: it needs the table owner's rights
# on purpose, and the test runner empties tables with it.
_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are history: they cannot be changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def append_only(table: str) -> migrations.RunSQL:
    """A migration operation after which UPDATE and DELETE on `table` raise IntegrityError.

    Put it after the operation that creates the table, in the same migration or a later one.
    """
    trigger = f'"{table}_is_history"'
    create = (
        f'CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
    )
    return migrations.RunSQL(
        sql=[_FUNCTION, create], reverse_sql=[f'DROP TRIGGER {trigger} ON "{table}"']
    )
