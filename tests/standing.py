"""What stands for all tests of a module, each of which takes back what it does to it."""

from collections.abc import Callable, Iterator

from django.db import connection, transaction
from pytest_django import DjangoDbBlocker


def made_once[T](build: Callable[[], T], blocker: DjangoDbBlocker) -> Iterator[T]:
    """Yields what `build` made in a transaction, which is rolled back in the end.

    What refers to what in it is checked here: what is left to be checked at the end of a
    transaction would be checked at the end of every test.
    """
    with blocker.unblock(), transaction.atomic():
        built = build()
        connection.check_constraints()
        yield built
        transaction.set_rollback(True)
