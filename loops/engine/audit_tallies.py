"""Figures of reconciliation that only grow, kept as rows: many processes count, any one tells."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.db import connection
from django.db.models import Sum
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from loops.models import AuditTally

type Figure = tuple[str, str, str]  # tenant id, name, labels

RECONCILED: Final = "rac_reconciliation"
MISSING: Final = "rac_missing_actions"
DRIFT: Final = "rac_drift_actions"
STALE: Final = "rac_stale_runs"
ALERTS: Final = "aos_audit_alerts"
TOOK: Final = "rac_reconciliation_duration_seconds"
TOOK_SUM: Final = f"{TOOK}_sum"
BUCKETS_MS: Final = (1, 5, 10, 50, 100, 500)
BEYOND: Final = "+Inf"
COUNTERS: Final = {
    RECONCILED: ("Reconciliations by what they came to", ["status"]),
    MISSING: ("Promises found missing", ["domain", "action"]),
    DRIFT: ("Acknowledgements found that nobody had promised", ["domain", "action"]),
    STALE: ("Runs found that were never finalized", []),
    ALERTS: ("Alerts raised about runs", ["alert_type", "severity"]),
}
_ADD: Final = """
INSERT INTO audit_tallies AS t (tenant_id, name, labels, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::float8[]) ORDER BY 1, 2, 3
ON CONFLICT (tenant_id, name, labels) DO UPDATE SET value = t.value + excluded.value
"""


def add(figures: Mapping[Figure, float]) -> None:
    """Add to the figures, in the transaction of what they count."""
    if not figures:
        return
    tenants, names, labels = zip(*figures, strict=True)
    with connection.cursor() as cursor:
        columns = [
            list(tenants),
            list(names),
            list(labels),
            [float(one) for one in figures.values()],
        ]
        cursor.execute(_ADD, columns)


def bucket_of(seconds: float) -> str:
    """The label of the smallest bucket, in seconds, that holds this duration."""
    fitting = (ms for ms in BUCKETS_MS if seconds * 1000 <= ms)
    least = next(fitting, None)
    return BEYOND if least is None else str(least / 1000)


def metrics() -> Iterator[Metric]:
    """The figures of all tenants together, for Prometheus; one small query."""
    rows = AuditTally.objects.values_list("name", "labels").annotate(total=Sum("value"))
    kept = {(name, labels): float(total) for name, labels, total in rows}
    for name, (words, labels) in COUNTERS.items():
        family = CounterMetricFamily(name, words, labels=labels)
        for (kept_name, kept_labels), value in sorted(kept.items()):
            if kept_name == name:
                family.add_metric(_values(kept_labels), value)
        yield family
    yield _durations(kept)


def _values(labels: str) -> list[str]:
    return [pair.partition("=")[2] for pair in labels.split(",") if pair]


def _durations(kept: dict[tuple[str, str], float]) -> Metric:
    """Cumulative buckets, as Prometheus wants them."""
    words = "What reconciling one run took"
    counts, buckets = 0.0, []
    for edge in _edges():
        counts += kept.get((TOOK, f"le={edge}"), 0.0)
        buckets.append((edge, counts))
    total = kept.get((TOOK_SUM, ""), 0.0)
    family = HistogramMetricFamily(TOOK, words)
    family.add_metric([], buckets=buckets, sum_value=total)
    return family


def _edges() -> Iterable[str]:
    return [*(str(ms / 1000) for ms in BUCKETS_MS), BEYOND]
