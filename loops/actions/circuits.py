"""Whether a host may be called, and how it went. Part of the transaction of whoever calls."""

from dataclasses import asdict
from datetime import datetime

from loops.domain import circuits
from loops.domain.circuits import Circuit
from loops.models import HostCircuit
from m25console.models import Tenant


def admit(tenant: Tenant, host: str, *, now: datetime) -> datetime | None:
    """None if the host may be called now, which counts as a trial where it is on trial; else
    when to ask again."""
    row = HostCircuit.objects.select_for_update().filter(tenant=tenant, host=host).first()
    if row is None:
        return None
    until = circuits.waits_until(_circuit(row), now=now)
    if until is None:
        _keep(row, circuits.tried(_circuit(row), now=now))
    return until


def note(tenant: Tenant, host: str, *, is_good: bool, now: datetime) -> None:
    """How a call went; `is_good` False if it failed by the host's fault."""
    rows = HostCircuit.objects.select_for_update().filter(tenant=tenant, host=host)
    row = rows.first()
    if row is None and not is_good:
        row, is_new = HostCircuit.objects.get_or_create(
            tenant=tenant, host=host, defaults={"failures": 1}
        )
        if is_new:
            return
        row = rows.first()  # somebody else's, and locked
    if row is None:
        return
    _keep(row, circuits.ended(_circuit(row), is_good=is_good, now=now))


def _circuit(row: HostCircuit) -> Circuit:
    return Circuit(row.failures, row.opened_at, row.trials, row.successes, row.tried_at)


def _keep(row: HostCircuit, circuit: Circuit) -> None:
    if not circuit.failures:
        row.delete()
        return
    for name, value in asdict(circuit).items():
        setattr(row, name, value)
    row.save()
