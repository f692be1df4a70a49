"""What happens to a question that nobody answers, by the rules it was raised under."""

from collections.abc import Mapping
from typing import Any

from loops.domain.narrative import moment_words
from loops.models import HumanCheckpoint


def silence_of(checkpoint: HumanCheckpoint) -> list[str]:
    """What silence means, a sentence each. It never approves anything."""
    rules: Mapping[str, Any] = checkpoint.contract.get("rules", {})
    told = []
    if checkpoint.expires_at is not None:
        ends = "; its loop ends there" if checkpoint.holds_loop else ""
        told.append(
            f"It lapses at {moment_words(checkpoint.expires_at)}: nothing is approved, and what "
            f"was asked for is not done{ends}."
        )
    else:
        waits = "and its loop with it" if checkpoint.holds_loop else "and holds no loop up"
        told.append(f"It waits, {waits}, until somebody answers. Silence never approves it.")
    minutes = rules.get("escalates_after_minutes")
    if checkpoint.escalated_at is not None:
        told.append(f"It was escalated at {moment_words(checkpoint.escalated_at)}.")
    elif minutes:
        told.append(f"Unanswered, it is escalated {_patience(minutes)} after it was asked.")
    return told


def _patience(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} minutes"
    return "an hour" if minutes == 60 else f"{minutes // 60} hours"
