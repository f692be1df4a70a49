"""Which remedy to suggest for a pattern, and whether it may be applied without a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.confidence import (
    VERSION,
    Band,
    Confirmations,
    RecoveryConfidence,
    band,
    confirmations_required,
    recovery_confidence,
)
from loops.domain.states import ActionType, RecoveryStatus, SuggestionType

TEMPLATE_STRONG: Final = 0.90
TEMPLATE_OTHER: Final = 0.70


@dataclass(frozen=True)
class Action:
    """A remedy with its parameters, as stored in a pattern's template."""

    action_type: ActionType
    params: Mapping[str, Any]


GENERATED: Final[Mapping[str, Action]] = {
    "rate_limit": Action(ActionType.RATE_LIMIT, {"window_seconds": 60, "max_requests": 10}),
    "timeout": Action(ActionType.RETRY, {"max_retries": 3, "backoff_seconds": 5}),
    "auth_error": Action(ActionType.ESCALATE, {"level": "admin"}),
    "validation_error": Action(ActionType.BLOCK, {"reason": "invalid_input"}),
    "resource_exhausted": Action(ActionType.RATE_LIMIT, {"window_seconds": 300, "max_requests": 5}),
}
OTHERWISE: Final = Action(ActionType.ESCALATE, {"reason": "unknown_error"})


PHRASES: Final[Mapping[ActionType, str]] = {
    ActionType.RATE_LIMIT: "Limit the rate",
    ActionType.RETRY: "Retry",
    ActionType.ESCALATE: "Escalate to a person",
    ActionType.BLOCK: "Block the request",
    ActionType.FALLBACK: "Fall back to another model or service",
    ActionType.NOTIFY: "Notify the people in charge",
    ActionType.RECONFIGURE: "Change the configuration",
    ActionType.ROLLBACK: "Roll back to the last good state",
    ActionType.MANUAL: "Have a person repair it",
    ActionType.SKIP: "Skip the task",
    ActionType.NONE: "Do nothing",
    ActionType.UNKNOWN: "Follow the pattern's template, which names no action we know",
}
DETAILS: Final[Mapping[ActionType, str]] = {
    ActionType.RATE_LIMIT: " to {max_requests} requests in {window_seconds} seconds",
    ActionType.RETRY: " up to {max_retries} times, {backoff_seconds} seconds apart",
}


@dataclass(frozen=True)
class Suggestion:
    """A proposed remedy, how sure we are, and how many people must agree."""

    suggestion_type: SuggestionType
    action: Action
    confidence: RecoveryConfidence
    confirmations_required: int

    @property
    def band(self) -> Band:
        return band(self.confidence.final)

    @property
    def auto_applicable(self) -> bool:
        """Whether nothing in the suggestion itself asks for a person."""
        return self.band is Band.STRONG and self.confirmations_required == 0


def suggest(
    *,
    error_type: str,
    match_band: Band,
    occurrences: int,
    template: Mapping[str, Any] | None = None,
) -> Suggestion:
    """The pattern's own remedy if it has a template, else the usual one for the error type.

    `occurrences` counts the incidents of the pattern so far, this one included.
    """
    if template:
        return _from_template(template, match_band=match_band, occurrences=occurrences)
    confidence = recovery_confidence(match_band=match_band, occurrences=occurrences)
    return Suggestion(
        SuggestionType.GENERATED,
        GENERATED.get(error_type.strip().lower(), OTHERWISE),
        confidence,
        confirmations_required(confidence.final),
    )


def initial_status(
    *, suggestion: Suggestion, pattern_auto_applies: bool, capability_unlocked: bool
) -> RecoveryStatus:
    """Applied at once if suggestion, pattern and earned capability all allow it, else pending."""
    alone = suggestion.auto_applicable and pattern_auto_applies and capability_unlocked
    return RecoveryStatus.APPLIED if alone else RecoveryStatus.PENDING


def status_after[Reviewer](confirmations: Confirmations[Reviewer]) -> RecoveryStatus:
    """Approved once enough different people have confirmed, pending until then."""
    return RecoveryStatus.APPROVED if confirmations.enough else RecoveryStatus.PENDING


def applies_to(prefixes: Collection[str], *, code: str) -> bool:
    """Whether an action of the catalogue is meant for a code: by how it begins, in any case."""
    called = code.strip().upper()
    return not prefixes or any(called.startswith(prefix.upper()) for prefix in prefixes)


def in_words(*, action_type: ActionType, params: Mapping[str, Any]) -> str:
    """The remedy as a phrase that starts a sentence, without its full stop."""
    try:
        return PHRASES[action_type] + DETAILS.get(action_type, "").format_map(params)
    except KeyError:  # a template with parameters of its own
        return PHRASES[action_type]


def _from_template(
    template: Mapping[str, Any], *, match_band: Band, occurrences: int
) -> Suggestion:
    strong = match_band is Band.STRONG
    stated = TEMPLATE_STRONG if strong else TEMPLATE_OTHER
    return Suggestion(
        SuggestionType.TEMPLATE,
        _action(template),
        RecoveryConfidence(VERSION, stated, occurrences, 0.0, stated),
        confirmations_required(stated),
    )


def _action(template: Mapping[str, Any]) -> Action:
    named = template.get("action_type")
    params = template.get("action_params")
    return Action(
        next((known for known in ActionType if known == named), ActionType.UNKNOWN),
        params if isinstance(params, Mapping) else {},
    )
