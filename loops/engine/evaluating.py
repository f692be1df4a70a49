"""Answering "may I?": every request is judged once, by one evaluator, and what it was told is
stored before it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops.actions import evaluations, preventions
from loops.actions.evaluations import ReadAt
from loops.domain import prevention
from loops.domain.evaluation import PATTERN, Judgement, Rule, Verdict, features_of_request
from loops.domain.incidents import Incident
from loops.domain.prevention import Claim, ContractViolation
from loops.domain.states import PreventionOutcome
from loops.engine.books import Book, Books
from loops.engine.recognising import Recognised, recognise
from loops.models import PolicyEvaluation, PreventionRecord
from loops.models.ids import new_evaluation_id
from m25console.refusals import TooMany

TRIES: Final = 5  # that policies may change under a request before it is told to come again
RETRY_AFTER_SECONDS: Final = 1
BOOKS: Final = Books()


@dataclass(frozen=True)
class Answer:
    """A stored evaluation and the prevention it was; `is_repeat` if it was asked for before."""

    evaluation: PolicyEvaluation
    prevention: PreventionRecord | None
    is_repeat: bool = False


@dataclass(frozen=True)
class _Prevented:
    """What the deciding policy claims to have prevented."""

    claim: Claim
    outcome: PreventionOutcome
    original_incident_id: str


def evaluate(request: Incident, *, tenant_id: str, now: datetime, books: Books = BOOKS) -> Answer:
    """What the tenant's policies say of a request that is described as the incident it might be.

    Raises WrongState if the request's external id was used for another one, and TooMany if the
    policies change faster than it can be judged.
    """
    features = features_of_request(request)
    book = books.of(tenant_id)
    for _ in range(TRIES):
        row, prevented = _judged(request, features, book, tenant_id=tenant_id, now=now)
        answer = _kept(row, prevented, book)
        if answer is not None:
            return answer
        known = evaluations.earlier(row)
        if known is not None:
            return Answer(known, getattr(known, "prevention", None), is_repeat=True)
        book = books.renewed(tenant_id, outdated=book)
    raise TooMany(
        "The policies are being changed right now. Ask again in a moment.",
        retry_after=RETRY_AFTER_SECONDS,
    )


def _judged(
    request: Incident, features: dict[str, Any], book: Book, *, tenant_id: str, now: datetime
) -> tuple[PolicyEvaluation, _Prevented | None]:
    """The evaluation to store, and what it prevented if the contract allows it to be called so."""
    asked = book.rules.may_ask_pattern(features)
    known = recognise(features, tenant_id=tenant_id) if asked else None
    seen = features | {PATTERN: known.pattern_id} if known else features
    judgement = book.rules.judge(seen, now=now)
    rule = judgement.decided_by
    outcome = prevention.outcome_of(rule.action) if rule else None
    if outcome and not asked:
        known = recognise(features, tenant_id=tenant_id)
    row = _evaluation(request, features, judgement, known)
    row.tenant_id, row.created_at, row.book_version = tenant_id, now, book.last_change
    if rule is None or outcome is None:
        return row, None
    claim = _claim(rule, known, features, tenant_id=tenant_id, now=now)
    try:
        prevention.check(claim)
    except ContractViolation as violation:
        row.matched = evaluations.with_violation(
            row.matched, policy_id=rule.policy_id, violation=violation
        )
        return row, None
    original = (known.first_incident_id if known else None) or rule.source_incident_id
    return row, _Prevented(claim, outcome, original or "")


def _kept(row: PolicyEvaluation, prevented: _Prevented | None, book: Book) -> Answer | None:
    """The answer, once it is committed; None if it could not be stored."""
    read_at = ReadAt(book.changes, book.last_change)
    if prevented is None:
        return Answer(row, None) if evaluations.store(row, read_at=read_at) else None
    with transaction.atomic():
        if not evaluations.store(row, read_at=read_at):
            return None
        try:
            record = preventions.record(
                prevented.claim,
                outcome=prevented.outcome,
                original_incident_id=prevented.original_incident_id,
                evaluation=row,
            )
        except ContractViolation as violation:
            evaluations.say_why_not_prevented(row, violation)
            return Answer(row, None)
        return Answer(row, record)


def _evaluation(
    request: Incident, features: dict[str, Any], judgement: Judgement, known: Recognised | None
) -> PolicyEvaluation:
    rule = judgement.decided_by
    return PolicyEvaluation(
        id=new_evaluation_id(),
        features=features,
        external_id=request.external_id,
        agent_id=request.agent_id,
        run_id=request.run_id,
        pattern_id=known.pattern_id if known else None,
        match_confidence=known.confidence if known else None,
        decision=judgement.decision,
        policy_id=rule.policy_id if rule else None,
        revision=rule.revision if rule else None,
        matched=[_told(one, decided=one.rule is rule) for one in judgement.matched],
    )


def _told(verdict: Verdict, *, decided: bool) -> dict[str, Any]:
    rule = verdict.rule
    told = {
        "policy_id": rule.policy_id,
        "revision": rule.revision,
        "mode": rule.mode.value,
        "action": rule.action.value,
        "excepted": verdict.excepted,
    }
    return told | {"name": rule.name, "params": dict(rule.params)} if decided else told


def _claim(
    rule: Rule,
    known: Recognised | None,
    features: dict[str, Any],
    *,
    tenant_id: str,
    now: datetime,
) -> Claim:
    return Claim(
        policy_id=rule.policy_id,
        policy_tenant_id=rule.tenant_id,
        policy_mode=rule.mode.value,
        policy_activated_at=rule.activated_at,
        policy_endpoint=rule.endpoint,
        tenant_id=tenant_id,
        pattern_id=rule.source_pattern_id or (known.pattern_id if known else None),
        pattern_signature=known.pattern_signature if known else None,
        recognised_as=known.pattern_id if known else None,
        request_signature=known.request_signature if known else None,
        match_type=known.match_type if known else None,
        signature_match_confidence=known.confidence if known else 0.0,
        request_endpoint=features.get("api_endpoint"),
        created_at=now,
    )
