"""Calling through a connector: count it, prepare it, read the secret, send it, keep what came.

Nothing is locked while the other side works. A dry run reads no secret and sends nothing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Final

import orjson
from django.db import transaction
from django.utils import timezone

from integrations import vault
from integrations.actions import connector_calls, connectors
from integrations.actions.connector_calls import Done
from integrations.actions.connectors import Tested, Wanted
from integrations.domain import connector_settings, credentials
from integrations.domain.connectors import (
    MAX_ECHO,
    PASSING,
    RETRIES,
    RETRY_SECONDS,
    TIMEOUT_SECONDS,
    ConnectorType,
    Outcome,
)
from integrations.domain.states import Accessor
from integrations.engine import troubles
from integrations.engine.connectors import files, http, serverless, sql, vector
from integrations.engine.connectors.calls import Answer, Asked, CallFault, Prepared, Secret
from integrations.models import Connector, ConnectorCall
from integrations.permissions import check_can_test, check_can_try
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor, check_connects
from m25console.destinations import ForbiddenTarget, OutboundFault
from m25console.refusals import InvalidInput, check_pause
from m25console.vocabulary import Door

TEST_EVERY: Final = timedelta(seconds=5)
TEST_SECONDS: Final = 10.0
ADAPTERS: Final[Mapping[ConnectorType, ModuleType]] = {
    ConnectorType.HTTP: http,
    ConnectorType.SQL: sql,
    ConnectorType.VECTOR: vector,
    ConnectorType.FILE: files,
    ConnectorType.SERVERLESS: serverless,
}


@dataclass(frozen=True)
class Called:
    """A call as it is kept, with what it brought, and what would be or was sent as it may be
    shown to whoever made it."""

    call: ConnectorCall
    shown: Mapping[str, Any]
    data: Any = None
    warnings: Sequence[str] = ()


def invoke(
    connector: Connector, *, action: str, payload: Mapping[str, Any], by: Actor, now: datetime,
    is_dry: bool = False,
) -> Called:  # fmt: skip
    """Do what an action says with a payload, or with `is_dry` only tell what would be sent.

    Raises NotFound, NotPermitted, WrongState or TooMany; whatever else goes wrong is told by the
    call, which is kept either way.
    """
    if is_dry:
        check_can_try(connector, by)
    else:
        connector = connector_calls.take_turn(connector_id=connector.pk, by=by, now=now)
    row = connector.actions.filter(name=action).first()
    asked = Asked(connector, action, payload, row)
    try:
        prepared: Prepared = ADAPTERS[ConnectorType(connector.connector_type)].prepare(asked)
    except CallFault as fault:
        return _ended(asked, fault, {}, {}, by=by, now=now)
    except OutboundFault as fault:
        refused = CallFault("forbidden", str(fault), is_ours=True)
        return _ended(asked, refused, {}, {}, by=by, now=now)
    if is_dry:
        done = Done(action, Outcome.DRY_RUN, sent=dict(prepared.kept))
        call = _kept(connector, done, by=by, now=now)
        return Called(call, prepared.shown, warnings=prepared.warnings)
    return _sent(asked, prepared, by=by, now=now)


def test(connector: Connector, *, by: Actor, now: datetime) -> Tested:
    """Try to connect, within ten seconds, and keep how it went.

    Raises NotPermitted, WrongState, or TooMany right after another.
    """
    check_can_test(connector, by)
    _take_turn(connector, by=by, now=now)
    found = _found(connector, entered={}, by=by, now=now)
    connectors.keep_test(connector, found, by=by, now=timezone.now())
    return found


def try_out(wanted: Wanted, *, row: Connector | None, by: Actor, now: datetime) -> Tested:
    """What a connector that is not saved would be found to be, within ten seconds; writes nothing
    but the read of a stored secret. `row`: the one that would be changed.

    Raises NotPermitted, InvalidInput or ForbiddenUrl.
    """
    check_connects(by)
    if wanted.kind not in ADAPTERS:
        raise InvalidInput("It is for the record only, so there is nothing to test.")
    connectors.check(wanted, tenant=by.tenant, has_secret=bool(row and row.credential_ref))
    connectors.check_addresses(wanted.kind, wanted.config)
    unsaved = Connector(
        tenant=by.tenant, name=wanted.name, connector_type=wanted.kind,
        config=connector_settings.settled(wanted.kind, wanted.config),
        credential_ref=wanted.credential_ref.strip() or (row.credential_ref if row else ""),
    )  # fmt: skip
    return _found(unsaved, entered=wanted.secret, by=by, now=now)


def _found(connector: Connector, *, entered: Secret, by: Actor, now: datetime) -> Tested:
    """How it goes to connect, with the secret that was entered or the one that is stored."""
    kind = ConnectorType(connector.connector_type)
    needs = connector_settings.secret_parts(kind, connector.config)
    try:
        secret = entered or _secret(connector, needs, by=by, now=now)
        found: Tested = ADAPTERS[kind].test(connector, secret, TEST_SECONDS)
    except CallFault as fault:
        return Tested(False, str(fault))
    except OutboundFault as fault:
        return Tested(False, str(fault), [asdict(one) for one in fault.stages])
    return found


def _sent(asked: Asked, prepared: Prepared, *, by: Actor, now: datetime) -> Called:
    seconds = float(asked.connector.config.get("timeout_seconds", TIMEOUT_SECONDS))
    began = time.monotonic()
    try:
        secret = _secret(asked.connector, prepared.needs, by=by, now=now)
        began = time.monotonic()
        answer = _answered(asked, prepared, secret, seconds)
    except CallFault as fault:
        return _ended(
            asked, fault, prepared.shown, prepared.kept, by=by, now=now, took=_since(began)
        )
    except OutboundFault as fault:
        return _ended(
            asked, _unanswered(fault), prepared.shown, prepared.kept, by=by, now=now,
            took=_since(began),
        )  # fmt: skip
    done = _done(asked, prepared, answer, took=_since(began))
    call = _kept(asked.connector, done, by=by, now=now)
    return Called(call, prepared.shown, answer.data, [*prepared.warnings, *answer.warnings])


def _answered(asked: Asked, prepared: Prepared, secret: Secret, seconds: float) -> Answer:
    """What comes of sending it; what only reads is sent again, after a pause, where the other side
    was away for a moment and there is time for it. Raises CallFault or OutboundFault."""
    ends, pause = time.monotonic() + seconds, RETRY_SECONDS
    left = int(asked.connector.config.get("max_retries", RETRIES)) if prepared.only_reads else 0
    while True:
        try:
            return prepared.send(secret, ends - time.monotonic())
        except (CallFault, OutboundFault) as fault:
            if not left or not _is_passing(fault) or time.monotonic() + pause >= ends:
                raise
        time.sleep(pause)
        left, pause = left - 1, 2 * pause


def _is_passing(fault: CallFault | OutboundFault) -> bool:
    if isinstance(fault, CallFault):
        return fault.status_code in PASSING
    return _unanswered(fault).code == "no_answer"


def _done(asked: Asked, prepared: Prepared, answer: Answer, *, took: int) -> Done:
    characters = len(orjson.dumps(dict(asked.payload), default=str).decode())
    return Done(
        asked.action, Outcome.OK, sent=dict(prepared.kept), status_code=answer.status_code,
        row_count=answer.row_count, response_bytes=answer.size, is_truncated=answer.is_truncated,
        token_count=characters + answer.size, duration_ms=took,
    )  # fmt: skip


def _ended(
    asked: Asked, fault: CallFault, shown: Mapping[str, Any], kept: Mapping[str, Any], *,
    by: Actor, now: datetime, took: int = 0,
) -> Called:  # fmt: skip
    """A call that came to nothing."""
    outcome = Outcome.REFUSED if fault.is_ours else Outcome.FAILED
    done = Done(
        asked.action, outcome, sent=dict(kept), status_code=fault.status_code,
        error_code=fault.code, error=str(fault).replace("\0", "")[:MAX_ECHO], duration_ms=took,
    )  # fmt: skip
    return Called(_kept(asked.connector, done, by=by, now=now), shown)


@transaction.atomic
def _kept(connector: Connector, done: Done, *, by: Actor, now: datetime) -> ConnectorCall:
    """The call in the history; the loop is told of failures that do not end, or nothing is kept."""
    call = connector_calls.keep(connector, done, by=by, now=now)
    if call.outcome is Outcome.FAILED and call.connector.failing_since is not None:
        troubles.report_connector(call.connector, call, now=now)
    return call


def _unanswered(fault: OutboundFault) -> CallFault:
    if isinstance(fault, ForbiddenTarget):
        return CallFault("forbidden", str(fault), is_ours=True)
    return CallFault("timeout" if "within" in str(fault) else "no_answer", str(fault))


def _secret(connector: Connector, needs: tuple[str, ...], *, by: Actor, now: datetime) -> Secret:
    """The parts a call shows to the other side. Raises CallFault if any is missing."""
    if not needs:
        return {}
    if not connector.credential_ref:
        raise CallFault("auth_missing", "No secret is stored for this connector.", is_ours=True)
    accessor = Accessor.SYSTEM if by.door is Door.WEB else Accessor.MACHINE
    label = f"connector {connector.name}, asked for by {by.label}"
    reader = Reader(tenant=by.tenant, accessor=accessor, label=label, now=now)
    try:
        parts = vault.read(connector.credential_ref.rpartition("/")[2], by=reader)
    except CannotResolve as unreadable:
        raise CallFault("auth_missing", str(unreadable), is_ours=True) from None
    if len(needs) == 1 and needs[0] not in parts:
        return {needs[0]: credentials.value_of(parts)}
    if missing := [one for one in needs if not parts.get(one)]:
        told = f"The stored credential has no {' and no '.join(missing)}."
        raise CallFault("auth_missing", told, is_ours=True)
    return {name: parts[name] for name in needs}


@transaction.atomic
def _take_turn(connector: Connector, *, by: Actor, now: datetime) -> None:
    row = connectors.locked(connector.pk, by)
    check_pause(row.tested_at, least=TEST_EVERY, now=now, told="It was tested")
    row.tested_at = now
    row.save(update_fields=["tested_at"])


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
