"""Prefixed ids of the loop's tables, as people read them in logs and URLs."""

from uuid import uuid4

from m25console.ids import new_id


def new_incident_id() -> str:
    return new_id("inc")


def new_pattern_id() -> str:
    return new_id("pat")


def new_recovery_id() -> str:
    return new_id("rec")


def new_policy_id() -> str:
    return new_id("pol")


def new_adjustment_id() -> str:
    return new_id("adj")


def new_checkpoint_id() -> str:
    return new_id("chk")


def new_event_id() -> str:
    return new_id("evt")


def new_loop_id() -> str:
    return new_id("loop")


def new_evaluation_id() -> str:
    return new_id("eval")


def new_prevention_id() -> str:
    return new_id("prev")


def new_regret_id() -> str:
    return new_id("regret")


def new_view_id() -> str:
    return new_id("tv")


def new_execution_id() -> str:
    return new_id("exe")


def new_channel_id() -> str:
    return new_id("chn")


def new_delivery_id() -> str:
    return new_id("dlv")


def new_scope_id() -> str:
    """A bound scope's id is longer: whoever knows it may execute within it."""
    return f"scope_{uuid4().hex[:24]}"
