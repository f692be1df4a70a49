"""How much of each limit is used, in the two shapes that callers know: integrations 1.0.0."""

from datetime import datetime
from typing import Any

from integrations.domain.enforcement import WARN_AT, Limits, Used
from integrations.domain.months import month_of


def limits_standing(limits: Limits, used: Used, *, now: datetime) -> dict[str, Any]:
    """Flat, with percents of at most 100, and whether each limit is warned of or reached."""
    begins, ends = month_of(now)
    cents, tokens, calls = used.cents or 0, used.tokens or 0, used.calls or 0
    return {
        "budget_limit_cents": limits.budget_cents,
        "budget_used_cents": cents,
        **_marks("budget", cents, limits.budget_cents),
        "token_limit_month": limits.tokens,
        "tokens_used_month": tokens,
        **_marks("token", tokens, limits.tokens),
        "rate_limit_rpm": limits.calls_per_minute,
        "current_rpm": calls,
        **_marks("rate", calls, limits.calls_per_minute),
        "period_start": begins,
        "period_end": ends,
    }


def enforcement_standing(limits: Limits, used: Used, *, now: datetime) -> dict[str, Any]:
    """By limit, with percents that may go beyond 100 and what remains; null where unlimited."""
    cents, tokens, calls = used.cents or 0, used.tokens or 0, used.calls or 0
    return {
        "budget": {
            "limit_cents": limits.budget_cents,
            "used_cents": cents,
            "remaining_cents": _remaining(cents, limits.budget_cents),
            **_share(cents, limits.budget_cents),
        },
        "tokens": {
            "limit": limits.tokens,
            "used": tokens,
            "remaining": _remaining(tokens, limits.tokens),
            **_share(tokens, limits.tokens),
        },
        "rate": {
            "limit_rpm": limits.calls_per_minute,
            "current_rpm": calls,
            **_share(calls, limits.calls_per_minute),
        },
        "period_start": month_of(now)[0],
        "evaluated_at": now,
    }


def _marks(name: str, used: int, limit: int) -> dict[str, Any]:
    return {
        f"{name}_percent": min(100.0, used / limit * 100) if limit else 0.0,
        f"{name}_exceeded": 0 < limit <= used,
        f"{name}_warning": limit > 0 and used * 100 >= limit * WARN_AT,
    }


def _share(used: int, limit: int) -> dict[str, Any]:
    return {"percent_used": used / limit * 100 if limit else 0.0, "has_limit": limit > 0}


def _remaining(used: int, limit: int) -> int | None:
    return max(0, limit - used) if limit else None
