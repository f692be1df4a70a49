"""History that cannot be rewritten."""

from django.db import migrations

from m25console.history import append_only


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_integrations")]
    operations = [append_only(table) for table in ("cus_llm_usage", "cus_credential_accesses")]
