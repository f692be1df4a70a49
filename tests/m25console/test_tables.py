"""Many tables in one step of a migration."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from m25console.tables import CreateModels

pytestmark = pytest.mark.django_db


def _tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("loops_")}


def test_tables_that_refer_to_each_other_are_made_and_dropped_in_one_step() -> None:
    def refers_to(other: str) -> models.ForeignKey[models.Model]:
        return models.ForeignKey(f"loops.{other}", models.CASCADE, null=True)

    making = CreateModels(
        [
            migrations.CreateModel("Hen", [("id", models.AutoField(primary_key=True))]),
            migrations.CreateModel(
                "Chick",
                [("id", models.AutoField(primary_key=True)), ("first_egg", refers_to("Egg"))],
            ),
            migrations.CreateModel(
                "Egg",
                [("id", models.AutoField(primary_key=True)), ("hatched", refers_to("Chick"))],
            ),
        ]
    )
    before, after = ProjectState(), ProjectState()
    making.state_forwards("loops", after)

    with connection.schema_editor() as editor:
        making.database_forwards("loops", editor, before, after)
    with connection.cursor() as cursor:
        keys = connection.introspection.get_relations(cursor, "loops_chick")
    made = _tables()
    with connection.schema_editor() as editor:
        making.database_backwards("loops", editor, after, before)

    assert made == {"loops_hen", "loops_chick", "loops_egg"}
    assert keys["first_egg_id"][:2] == ("id", "loops_egg")
    assert _tables() == set()
