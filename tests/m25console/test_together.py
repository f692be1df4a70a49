import pytest
from django.db.models import Count, F, Max, Model, QuerySet, Value

from loops.models import (
    HumanCheckpoint,
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from m25console.models import Membership, User
from m25console.together import Select, fetch_together, how_many
from tests import factories

pytestmark = pytest.mark.django_db


def values_of(one: Model) -> dict[str, object]:
    return {field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields}


def lists() -> list[QuerySet]:
    """Rows with every type of column, some of several tables, one list without any row."""
    return [
        LoopEvent.objects.order_by("-position", "pk"),
        RoutingAdjustment.objects.order_by("pk"),
        RecoveryCandidate.objects.order_by("pk"),
        PolicyRule.objects.order_by("pk")[:1],
        Incident.objects.select_related("tenant").order_by("pk"),
        HumanCheckpoint.objects.select_related("resolved_by", "trace__incident").order_by("pk"),
        LoopTrace.objects.select_related("audit_run", "recovery").order_by("pk"),
        Membership.objects.select_related("user").order_by("-pk"),
        LoopTrace.objects.filter(pk__in=[]),
    ]


@pytest.fixture
def tenant():
    one = factories.make_tenant()
    factories.routed_loop(one)
    factories.run_loop(one, error_type="another", context={"one": 1.5, "b": [None, "ä%s"]})
    factories.make_actor(one)
    return one


def test_the_rows_are_those_that_each_list_has(tenant):
    together = lists()
    fetch_together(*together)
    for one, alone in zip(together, lists(), strict=True):
        assert [values_of(row) for row in one] == [values_of(row) for row in alone]
    assert all(list(one) for one in together[:-1])


def test_they_cost_one_query_with_what_they_refer_to(tenant, django_assert_num_queries):
    together = lists()
    with django_assert_num_queries(1):
        fetch_together(*together)
        for rows in together:
            list(rows)
        [*_, incidents, asked, traces, members, _] = together
        assert {one.tenant for one in incidents} == {tenant}
        assert [one.resolved_by for one in asked] == [None] * len(asked)
        assert {one.trace.incident.error_type for one in asked} <= {"timeout", "another"}
        assert {one.audit_run.trace for one in traces} == set(traces)
        assert all(isinstance(one.user, User) for one in members)


def test_what_refers_to_nothing_is_not_looked_for_again(tenant, django_assert_num_queries):
    factories.report(tenant, error_type="not advanced yet")
    alone = LoopTrace.objects.select_related("recovery").filter(recovery=None)
    with django_assert_num_queries(1):
        fetch_together(alone)
        assert [getattr(one, "recovery", None) for one in alone] == [None]


def test_annotations_come_along(tenant, django_assert_num_queries):
    counted = LoopTrace.objects.annotate(tries=Count("events"), last=Max("events__created_at"))
    told = [(one.pk, one.tries, one.last) for one in counted.order_by("pk")]
    ordered = counted.order_by("pk")
    with django_assert_num_queries(1):
        fetch_together(ordered)
        assert [(one.pk, one.tries, one.last) for one in ordered] == told


def test_columns_that_a_list_leaves_out_are_not_read(tenant):
    named = Incident.objects.select_related("loop").only("title", "loop__outcome")
    but_one = Incident.objects.select_related("loop").defer("context", "loop__stages")
    fetch_together(named, but_one)
    assert [one.get_deferred_fields() for one in named] == [
        one.get_deferred_fields() for one in named.all()
    ]
    for one in but_one:
        assert one.get_deferred_fields() == {"context"}
        assert one.loop.get_deferred_fields() == {"stages"}


def test_a_link_is_named_as_django_lets_it_be_named(tenant, django_assert_num_queries):
    for name in ("tenant", "tenant_id"):
        named = Incident.objects.only(name)
        fetch_together(named)
        with django_assert_num_queries(0):
            assert {one.tenant_id for one in named} == {tenant.pk}


def test_values_notes_counts_and_statements_of_our_own_are_read_with_them(
    django_assert_num_queries,
):
    tenant = factories.make_tenant(name='50 % "off" it\'s')
    for number in range(3):
        factories.make_rule(tenant, name=f"{number} %s", generation_confidence=1.0)
    noted = PolicyRule.objects.annotate(sign=Value("100 %")).order_by("name")
    named = noted.values("name", "generation_confidence", "created_at", of=F("tenant__name"))[:2]
    rules, names, none = noted.all(), named.all(), PolicyRule.objects.none().values("pk")
    many = how_many(PolicyRule.objects.all()[:2])
    own = Select("SELECT %(word)s || '%%' AS part", {"word": "5"})

    with django_assert_num_queries(1):
        fetch_together(rules, names, none, many, own)
        found = list(names)
        assert {one.sign for one in rules} == {"100 %"}
        assert (list(none), many.rows, own.rows) == ([], [{"n": 2}], [{"part": "5%"}])

    assert found == list(named)
    assert type(found[0]["generation_confidence"]) is float
