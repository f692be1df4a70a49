"""The tenant's rules for its checkpoints, in sentences and as choices of a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.asking import Rules, allowed_priorities
from loops.domain.checkpoints import DEFAULT_PRIORITY, MANDATORY
from loops.domain.silence import ESCALATE_AFTER, allowed_silences
from loops.domain.states import CheckpointPriority, CheckpointType, Risk, Silence
from loops.presenters.wordings import PRIORITIES, TYPES

MEANINGS: Final[Mapping[CheckpointType, str]] = {
    CheckpointType.APPROVE_RECOVERY: "May a likeness be trusted, may a recovery count as applied? "
    "Switched off, recoveries are only suggested: none is applied, and nothing is learned.",
    CheckpointType.SIMULATE_ROUTING: "May traffic be moved away from an agent? Switched off, "
    "routing stays as it is until the loop has earned to decide that alone.",
    CheckpointType.OVERRIDE_GUARDRAIL: "May an agent's floor be crossed once? Always asked.",
    CheckpointType.APPROVE_POLICY: "May a policy be enforced? Always asked.",
    CheckpointType.REVERT_LOOP: "Shall what a loop changed be undone? Always asked.",
}

FROM_RISK: Final[Mapping[Risk, str]] = {
    Risk.LOW: "to every question",
    Risk.MEDIUM: "to what is of medium or high risk",
    Risk.HIGH: "to what is of high risk",
}


SILENCES: Final[Mapping[Silence, str]] = {
    Silence.WAIT: "It goes on waiting",
    Silence.LAPSE: "It lapses: not done",
    Silence.ESCALATE: "More people are told",
}


@dataclass(frozen=True)
class Kind:
    """One kind of question, and how it is asked."""

    type: CheckpointType
    label: str
    meaning: str
    is_mandatory: bool
    priorities: Sequence[tuple[str, str]]
    silences: Sequence[tuple[str, str]]


def kinds() -> list[Kind]:
    """Every kind of question with the priorities it may have."""
    return [
        Kind(
            kind,
            TYPES[kind],
            MEANINGS[kind],
            kind in MANDATORY,
            [
                ("", f"Usual ({PRIORITIES[DEFAULT_PRIORITY[kind]].text.lower()})"),
                *((one.value, PRIORITIES[one].text) for one in allowed_priorities(kind)),
            ],
            [
                ("", "As its priority has it"),
                *((one.value, SILENCES[one]) for one in allowed_silences(kind)),
            ],
        )
        for kind in TYPES
    ]


def in_words(rules: Rules) -> list[str]:
    """What the rules mean, a sentence each."""
    after = rules.auto_dismiss_after_hours
    hours = "an hour" if after == 1 else f"{after} hours"
    off = [TYPES[kind].lower() for kind in TYPES if not rules.asks(kind)]
    patience = {one: _minutes(one) for one in ESCALATE_AFTER}
    told = [
        f"A likeness of {rules.auto_approve_confidence:.0%} or more is taken without asking.",
        "What needs people's confirmations is always asked, however sure the loop is.",
        f"Questions of low priority lapse after {hours}; what they asked for is then not done.",
        *(
            f"{PRIORITIES[one].text} questions are escalated after {patience[one]}."
            for one in patience
        ),
        f"Quiet hours: {rules.quiet.in_words}. Nothing lapses in them, and only what is critical "
        "disturbs anybody."
        if rules.quiet
        else "No quiet hours: people are told at any time.",
        *(f"{TYPES[kind]}: {told}" for kind, told in _silences(rules)),
        f"An alert is shown when more than {rules.max_pending_checkpoints} questions wait.",
        *_of_answers(rules),
    ]
    return [*told, f"Nobody is asked about: {', '.join(off)}."] if off else told


def _silences(rules: Rules) -> list[tuple[CheckpointType, str]]:
    """What the tenant wants silence to mean, where that is not as usual."""
    return [
        (kind, f"when nobody answers, {SILENCES[Silence(rules.silence[kind])].lower()}.")
        for kind in TYPES
        if kind in rules.silence
    ]


def _of_answers(rules: Rules) -> list[str]:
    """How answers are given, a sentence each."""
    told = []
    if rules.hold_seconds:
        told.append(f"An answer given on a page can be undone for {rules.hold_seconds} seconds.")
    if rules.two_people_from is not None:
        told.append(f"Two different people must agree {FROM_RISK[rules.two_people_from]}.")
    if rules.blind_second_opinion:
        told.append(
            "Where several people must agree, each answers without seeing the others; "
            "if two disagree, a third sees both and decides."
        )
    return told


def _minutes(priority: CheckpointPriority) -> str:
    return _told(int(ESCALATE_AFTER[priority].total_seconds() // 60))


def _told(minutes: int) -> str:
    if minutes < 60 or minutes % 60:
        return f"{minutes} minutes"
    return "an hour" if minutes == 60 else f"{minutes // 60} hours"


def governed_by(rules: Mapping[str, Any]) -> str:
    """What `Rules.in_force` kept with a question, as a sentence."""
    how = "set by the tenant" if rules["priority_is_override"] else "as usual"
    parts = [f"priority {rules['priority']}, {how}"]
    if rules["escalates_after_minutes"]:
        parts.append(f"escalated after {_told(rules['escalates_after_minutes'])}")
    if rules["dismissed_after_hours"]:
        parts.append(f"closed unanswered after {rules['dismissed_after_hours']} hours")
    else:
        parts.append("never closed by silence")
    if rules.get("quiet_hours"):
        parts.append(f"clocks rest in quiet hours ({rules['quiet_hours']})")
    if rules.get("approvals", 1) > 1:
        parts.append(f"{rules['approvals']} different people must agree")
    if rules.get("is_blind"):
        parts.append("each without seeing the others' answers")
    return "; ".join(parts) + "."
