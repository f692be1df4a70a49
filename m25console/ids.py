"""Ids of stored objects: a short prefix that names the kind, then sixteen random hex digits."""

from uuid import uuid4


def new_id(prefix: str) -> str:
    """A fresh id such as `inc_9f86d081884c7d65` for the prefix `inc`."""
    return f"{prefix}_{uuid4().hex[:16]}"


def new_tenant_id() -> str:
    return new_id("ten")


def new_token_id() -> str:
    return new_id("tok")
