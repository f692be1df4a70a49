"""Statements that are a transaction by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_statement() -> Iterator[None]:
    """Around exactly one statement. The database carries it out whole or not at all without being
    asked to begin and commit, two ways there and back; within a transaction, a failure is taken
    back to here as `atomic` does it."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield
