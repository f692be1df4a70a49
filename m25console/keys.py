"""Foreign keys that compare the tenant too, so that no row can point into another tenant."""

from django.db import migrations


def same_tenant(child: str, column: str, parent: str) -> migrations.RunSQL:
    """A migration operation: `child`(tenant_id, `column`) must exist in `parent`(tenant_id, id).

    `parent` needs a unique key over both columns. A null in `column` points nowhere and passes.
    The model's own foreign key should say db_constraint=False, since this one replaces it.
    """
    name = f"{child}_{column}_same_tenant"
    return migrations.RunSQL(
        sql=(
            f'ALTER TABLE "{child}" ADD CONSTRAINT "{name}" '
            f'FOREIGN KEY (tenant_id, "{column}") REFERENCES "{parent}" (tenant_id, id)'
        ),
        reverse_sql=f'ALTER TABLE "{child}" DROP CONSTRAINT "{name}"',
    )
