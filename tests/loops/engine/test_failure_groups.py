from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from loops.engine.failure_groups import aggregate
from loops.engine.retention import expire_scopes, forget
from loops.models import FailureMatch, WebhookEndpoint
from tests import carrying, factories

pytestmark = pytest.mark.django_db


def asked(tenant, message: str, *, days_ago: int = 0) -> FailureMatch:
    moment = timezone.now() - timedelta(days=days_ago)
    return FailureMatch.objects.create(
        tenant=tenant, match_id=uuid4(), error_code="TIMEOUT", error_message=message,
        error_signature="s", category="TRANSIENT", recovery_mode="ABORT",
        created_at=moment, last_occurrence_at=moment,
    )  # fmt: skip


def test_what_no_pattern_explains_is_grouped_by_code_and_beginning():
    tenant = factories.make_tenant()
    factories.report(
        tenant, times=2, error_type="TIMEOUT", message="Connection timed out after 30s"
    )
    asked(tenant, "connection timed out after 30S ")
    asked(tenant, "connection timed out after 30s", days_ago=8)
    asked(tenant, "else")

    [group] = aggregate(timezone.now())["groups"]

    assert (group["signature"], group["occurrences"]) == ("6837f520d7bd3c73", 3)
    assert (group["category"], group["recovery_mode"]) == ("TRANSIENT", "RETRY_EXPONENTIAL")
    assert len(group["examples"]) == 3


def test_tenants_are_grouped_apart_and_what_has_a_pattern_is_not():
    for _ in range(2):
        factories.report(factories.make_tenant(), times=2)
    tenant = factories.make_tenant()
    factories.report(tenant, times=3, error_type="known")
    factories.advance()
    assert aggregate(timezone.now()) == {"groups": []}


def test_old_suggestions_and_replaced_secrets_are_forgotten():
    tenant, now = factories.make_tenant(), timezone.now()
    asked(tenant, "old", days_ago=91)
    kept = asked(tenant, "young", days_ago=89)
    WebhookEndpoint.objects.create(
        tenant=tenant, url="https://example.com/", sealed_secret=b"new", sealed_previous=b"old",
        previous_until=now,
    )  # fmt: skip
    assert forget(now) == {"suggestions": 1, "secrets": 1}
    assert FailureMatch.objects.get() == kept
    assert WebhookEndpoint.objects.get().sealed_previous is None


def test_scopes_expire():
    scope = carrying.make_scope(factories.run_loop(factories.make_tenant()).incident)
    assert expire_scopes(scope.expires_at - timedelta(seconds=1)) == {"expired": 0}
    assert expire_scopes(scope.expires_at) == {"expired": 1}
