"""One statement needs no transaction around it, and breaks none."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from m25console.models import Tenant
from m25console.statements import one_statement
from tests.factories import make_tenant


@pytest.mark.django_db(transaction=True)
def test_a_statement_by_itself_is_not_begun_and_committed():
    with CaptureQueriesContext(connection) as asked, one_statement():
        Tenant.objects.update(name="Renamed")
    assert [one["sql"].split()[0] for one in asked] == ["UPDATE"]


@pytest.mark.django_db
def test_one_that_fails_within_a_transaction_leaves_the_rest_of_it():
    first = make_tenant()
    with transaction.atomic():
        with pytest.raises(IntegrityError), one_statement():
            Tenant.objects.create(slug=first.slug, name="Again")
        assert Tenant.objects.filter(pk=first.pk).exists()
