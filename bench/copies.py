"""A database as it was at some moment, kept beside what became of it, to be asked in turn."""

from django.db import connection


def go_to(database: str) -> None:
    """Ask another database of the same server from now on."""
    connection.close()
    connection.settings_dict["NAME"] = database


def keep_as(copy: str) -> None:
    """Keep the database as it is now once more, under this name."""
    name = connection.settings_dict["NAME"]
    go_to("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    go_to(name)
