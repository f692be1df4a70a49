from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loops.domain import narrative
from loops.domain.failures import EXPLANATIONS
from loops.domain.narrative import moment_words, reason_words, signed_percent, tell
from loops.domain.states import (
    ActionType,
    CheckpointType,
    FailureState,
    MatchType,
    PolicyAction,
    PolicyMode,
    RecoveryStatus,
    Resolution,
    Severity,
    Stage,
)
from loops.domain.story import (
    AdjustmentFact,
    DecisionFact,
    IncidentFact,
    LoopFacts,
    MatchFact,
    Moment,
    PolicyFact,
    RecoveryFact,
)

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
INCIDENT = IncidentFact("inc_1", "Upstream timed out", Severity.HIGH, AT, "agent-1")
MATCH = MatchFact("pat_1", MatchType.EXACT_HASH, 0.95, 4)
RECOVERY = RecoveryFact(
    "rec_1",
    ActionType.RETRY,
    {"max_retries": 3, "backoff_seconds": 5},
    RecoveryStatus.APPLIED,
    0.90,
    0,
    0,
)
POLICY = PolicyFact(
    "pol_1", "Prevention: timeout", PolicyAction.ESCALATE, PolicyMode.SHADOW, 0.90, 1, 3, 3, 2
)
ADJUSTMENT = AdjustmentFact("agent-1", Decimal("-0.2"), Decimal("-0.1"), AT + timedelta(days=7))
STARTED = LoopFacts(incident=INCIDENT)
FULL = LoopFacts(
    incident=INCIDENT,
    is_complete=True,
    match=MATCH,
    recovery=RECOVERY,
    policy=POLICY,
    adjustments=(ADJUSTMENT,),
)


def test_a_loop_that_only_started_tells_the_incident_and_nothing_more() -> None:
    story = tell(STARTED)
    assert story.what_happened == (
        "High incident at agent agent-1 at 2026-01-31 09:30 UTC: Upstream timed out."
    )
    assert story.what_we_changed == "Nothing was changed so far."
    assert "still at work" in story.next_step
    untold = {story.what_we_learned, story.confidence_summary, story.before_after}
    assert untold | {story.policy_origin, story.agent_improvement} == {None}
    assert (story.human_decisions, story.timeline) == ((), ())


def test_a_complete_loop_tells_what_was_learned_and_changed() -> None:
    story = tell(FULL)
    assert story.what_we_learned == (
        "This is occurrence 4 of pattern pat_1, recognised by the same signature "
        "(95% confidence, strong)."
    )
    assert story.what_we_changed == (
        "Recovery: retry up to 3 times, 5 seconds apart — applied. "
        'Policy "Prevention: timeout": it only observes (shadow). '
        "Agent agent-1 was given -20% of weight; -10% in effect now, until 2026-02-07 09:30 UTC."
    )
    assert story.confidence_summary == (
        "Match 95% confidence, strong; recovery 90% confidence, strong; "
        "policy 90% confidence, strong."
    )
    assert story.next_step == "Nothing to do: the loop is complete."


def test_before_and_after_names_the_incident_and_its_pattern() -> None:
    story = tell(FULL)
    assert story.before_after is not None
    for fact in ("inc_1", "a known pattern, pat_1", "occurrence 4", "95%"):
        assert fact in story.before_after


def test_a_new_pattern_is_called_new() -> None:
    new = replace(MATCH, match_type=MatchType.NEW_PATTERN, confidence=1.0, occurrences=1)
    story = tell(replace(STARTED, match=new))
    assert story.what_we_learned == (
        "This failure was not known before; pattern pat_1 now tracks it."
    )
    assert story.before_after is not None
    assert "a new pattern" in story.before_after
    # A new pattern is certain by nature: it says nothing about a likeness.
    assert "100%" not in story.before_after
    assert story.confidence_summary is None


def test_the_policys_origin_tells_action_mode_confirmations_and_shadow_rate() -> None:
    origin = tell(FULL).policy_origin
    assert origin is not None
    for fact in ("escalate matching requests", "shadow", "1 of 3", "2 of 3 requests (67%)"):
        assert fact in origin


def test_a_policy_never_evaluated_claims_no_shadow_rate() -> None:
    fresh = replace(POLICY, shadow_evaluations=0, shadow_would_block=0)
    origin = tell(replace(FULL, policy=fresh)).policy_origin
    assert origin is not None
    assert "would have acted" not in origin


def test_a_pending_recovery_says_how_many_confirmations_it_has() -> None:
    pending = replace(
        RECOVERY, status=RecoveryStatus.PENDING, confirmations=1, confirmations_required=2
    )
    changed = tell(replace(STARTED, recovery=pending)).what_we_changed
    assert changed.endswith("suggested, not applied yet, 1 of 2 confirmations.")


def test_a_recovery_that_needs_nobody_is_noted_rather_than_awaited() -> None:
    noted = replace(RECOVERY, status=RecoveryStatus.PENDING, confirmations_required=0)
    changed = tell(replace(STARTED, recovery=noted)).what_we_changed
    assert changed.endswith("noted; it needed nobody's confirmation, and nothing was executed.")
    assert "not applied yet" not in changed


def test_routing_left_alone_says_why() -> None:
    enforced = replace(POLICY, mode=PolicyMode.ACTIVE)
    note = "no agent met it lately"
    story = tell(replace(FULL, adjustments=(), policy=enforced, routing_note=note))
    assert story.agent_improvement == "no agent met it lately."
    assert story.what_we_changed.endswith("no agent met it lately.")


def test_a_policy_in_shadow_says_once_that_nothing_changed() -> None:
    story = tell(replace(FULL, adjustments=(), routing_note="no change: shadow"))
    assert story.agent_improvement == "no change: shadow."
    assert story.what_we_changed.endswith("it only observes (shadow).")


@pytest.mark.parametrize(
    ("adjustment", "fact"),
    [
        (replace(ADJUSTMENT, effective=Decimal(0)), "no longer in effect"),
        (replace(ADJUSTMENT, rollback_reason="KPI fell"), "taken back: KPI fell."),
        (replace(ADJUSTMENT, expires_at=None), "until it is rolled back"),
    ],
)
def test_an_adjustment_tells_whether_it_still_acts(adjustment: AdjustmentFact, fact: str) -> None:
    improvement = tell(replace(FULL, adjustments=(adjustment,))).agent_improvement
    assert improvement is not None
    assert fact in improvement


def test_a_decision_names_the_person_the_answer_and_the_time() -> None:
    decision = DecisionFact(
        "Ann", CheckpointType.APPROVE_RECOVERY, Resolution.REJECT, AT, "Wrong endpoint"
    )
    unexplained = replace(decision, resolution=Resolution.APPLY, note="")
    assert tell(replace(FULL, decisions=(decision, unexplained))).human_decisions == (
        "Ann rejected the recovery at 2026-01-31 09:30 UTC: Wrong endpoint.",
        "Ann agreed to the recovery at 2026-01-31 09:30 UTC.",
    )


@pytest.mark.parametrize("failure", FailureState)
def test_a_stopped_loop_says_what_happened_and_what_to_do_next(failure: FailureState) -> None:
    story = tell(replace(STARTED, failure_state=failure))
    assert story.what_happened.endswith(EXPLANATIONS[failure].what_happened)
    assert story.next_step == EXPLANATIONS[failure].what_to_do


def test_a_blocked_loop_sends_the_reader_to_its_checkpoint() -> None:
    assert "checkpoint" in tell(replace(STARTED, is_blocked=True)).next_step


def test_the_timeline_runs_from_the_oldest_moment() -> None:
    later = Moment(AT + timedelta(seconds=1), Stage.PATTERN_MATCHED, "Pattern found")
    first = Moment(AT, Stage.INCIDENT_CREATED, "Incident reported")
    assert tell(replace(FULL, moments=(later, first))).timeline == (first, later)


@pytest.mark.parametrize(
    ("table", "enum"),
    [
        (narrative.MATCH_WORDS, MatchType),
        (narrative.RECOVERY_WORDS, RecoveryStatus),
        (narrative.POLICY_WORDS, PolicyAction),
        (narrative.MODE_WORDS, PolicyMode),
        (narrative.DECISION_WORDS, Resolution),
        (narrative.SUBJECT_WORDS, CheckpointType),
    ],
)
def test_there_is_a_word_for_every_state(table: dict[str, str], enum: type[MatchType]) -> None:
    assert set(table) == set(enum)


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (
            "1 of 3 occurrences",
            "A policy is made after 3 occurrences of a failure; so far there was 1.",
        ),
        ("no agent met it lately", "no agent met it lately."),
    ],
)
def test_a_stored_reason_is_told_as_a_sentence(note: str, words: str) -> None:
    assert reason_words(note) == words


def test_no_sentence_ends_twice() -> None:
    story = tell(replace(FULL, incident=replace(INCIDENT, title="It failed.")))
    texts = [getattr(story, field.name) for field in fields(story)]
    assert not [text for text in texts if isinstance(text, str) and ".." in text]


@pytest.mark.parametrize(
    ("share", "words"),
    [("-0.2", "-20%"), ("0.075", "+7.5%"), ("-0.0004", "0%"), ("0", "0%"), ("-1", "-100%")],
)
def test_a_change_of_weight_is_shown_with_its_sign(share: str, words: str) -> None:
    assert signed_percent(Decimal(share)) == words


def test_times_are_told_in_utc() -> None:
    assert moment_words(datetime.fromisoformat("2026-01-31T10:30:59+01:00")) == (
        "2026-01-31 09:30 UTC"
    )
