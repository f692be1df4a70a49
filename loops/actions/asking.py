"""Raising checkpoints: the row that asks people for a decision, as it was when it was asked."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from loops.actions.checkpoint_rules import rules_of
from loops.domain import checkpoints, search
from loops.domain.asking import Rules
from loops.domain.checkpoints import Need
from loops.domain.risk import risk_of, waiting_cost
from loops.feed import tell_pages
from loops.models import (
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopEvent,
    LoopTrace,
    RecoveryCandidate,
)
from loops.models.ids import new_checkpoint_id


def checkpoint_for(
    need: Need,
    *,
    trace: LoopTrace,
    event_id: str,
    subject: Mapping[str, Any],
    now: datetime,
    rules: Rules,
    found_by: Iterable[str | None],
    holds_loop: bool = True,
) -> HumanCheckpoint:
    """The checkpoint that asks for what is needed under its tenant's rules, unsaved.

    `subject` is what the decision is about, as in `loops.actions.contracts`; `found_by` is what
    `texts_of` says. Raises TypeError if the subject cannot be written as JSON.
    """
    checkpoint_id = new_checkpoint_id()
    need = rules.with_people(need)
    return HumanCheckpoint(
        id=checkpoint_id,
        tenant_id=trace.tenant_id,
        trace_id=trace.pk,
        incident_id=trace.incident_id,
        event_id=event_id,
        **_question(need, subject, rules),
        **_urgency(need, rules, holds_loop=holds_loop),
        created_at=now,
        expires_at=rules.expiry(need, created_at=now),
        words=search.kept(checkpoint_id, trace.pk, need.target_id, need.sentence, *found_by),
    )


def texts_of(
    incident: Incident,
    pattern: FailurePattern | None,
    recovery: RecoveryCandidate | None = None,
) -> Iterator[str | None]:
    """What a question about these is found by besides its own words."""
    yield from (incident.pk, incident.title, incident.affected_agent_id)
    yield from (incident.error_type, incident.error_code)
    if recovery is not None:
        yield recovery.suggestion
    if pattern is not None:
        yield from (pattern.pk, pattern.template_text)


def ask_aside(
    need: Need, *, trace: LoopTrace, subject: Mapping[str, Any], now: datetime
) -> HumanCheckpoint:
    """Ask beside a loop that does not wait for the answer; saved, and told to open pages.

    The caller made sure that this is not being asked already. The question is filed under the
    loop's latest event, of the stage it is about if that was reached.
    """
    filed = LoopEvent.objects.filter(trace=trace).order_by("position")
    event = filed.filter(stage=need.stage).last() or filed.latest("position")
    checkpoint = checkpoint_for(
        need,
        trace=trace,
        event_id=event.pk,
        subject=subject,
        now=now,
        rules=rules_of(trace.tenant),
        found_by=texts_of(trace.incident, trace.incident.matched_pattern),
        holds_loop=False,
    )
    checkpoint.save(force_insert=True)
    tell_pages(trace, kind="checkpoint", now=now)
    return checkpoint


def _urgency(need: Need, rules: Rules, *, holds_loop: bool) -> dict[str, Any]:
    """The columns that say how soon an answer is wanted, and how much depends on it."""
    priority, kind = rules.priority_of(need), need.checkpoint_type
    blocks = kind in rules.blocking_checkpoints
    return {
        "holds_loop": holds_loop,
        "priority": priority,
        "silence": rules.silence_of(need),
        "is_blocking": blocks,
        "risk": risk_of(checkpoint_type=kind, band=need.band, is_likeness=need.advice_suffices),
        "waiting_cost": waiting_cost(
            priority=priority, holds_loop=holds_loop, blocks_others=blocks
        ),
    }


def _question(need: Need, subject: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The columns that say what is asked, of how many, and about exactly what."""
    contract = checkpoints.contract(
        checkpoint_type=need.checkpoint_type,
        target_id=need.target_id,
        confidence=need.confidence,
        approvals=need.approvals,
        subject=subject,
    )
    contract["rules"] = rules.in_force(need)
    return {
        "checkpoint_type": need.checkpoint_type,
        "stage": need.stage,
        "target_id": need.target_id,
        "description": need.sentence,
        "options": contract["options"],
        "confidence": need.confidence,
        "confidence_band": need.band,
        "approvers_required": need.approvals,
        "is_blind": rules.hides_answers(need),
        "contract": contract,
        "contract_digest": checkpoints.contract_digest(contract),
    }
