"""The revisions of a policy: each edit makes one, and people confirm a revision, not a policy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from loops.models import PolicyRule, PolicyVersion
from m25console.models import User

CONTENT: Final = ("name", "conditions", "actions", "scope_type", "scope_id")
BEGINS_ANEW: Final = ("confirmations_received", "shadow_evaluations", "shadow_would_block")
FIRST_AUTHOR: Final = "the loop"  # of a policy as it was generated


def begin_revision(
    policy: PolicyRule,
    *,
    changes: Mapping[str, Any],
    label: str,
    note: str,
    now: datetime,
    author: User | None = None,
) -> None:
    """Give a locked policy new content, or the same once more, as its next revision; saved.

    Confirmations and the record in shadow begin anew. `author` may not confirm the revision.
    """
    _keep_first(policy)
    for name in CONTENT:
        setattr(policy, name, changes.get(name, getattr(policy, name)))
    for name in BEGINS_ANEW:
        setattr(policy, name, 0)
    policy.revision += 1
    policy.version += 1
    policy.updated_at = now
    policy.save(update_fields=[*CONTENT, *BEGINS_ANEW, "revision", "version", "updated_at"])
    version = _version(policy, changed_by=label, at=now)
    version.author, version.note = author, note
    version.save(force_insert=True)


def content_of(policy: PolicyRule) -> dict[str, Any]:
    """What a revision is made of."""
    return {name: getattr(policy, name) for name in CONTENT}


def _keep_first(policy: PolicyRule) -> None:
    """The first revision is written down when there is a second."""
    if policy.revision == 1:
        _version(policy, changed_by=FIRST_AUTHOR, at=policy.created_at).save(force_insert=True)


def _version(policy: PolicyRule, *, changed_by: str, at: datetime) -> PolicyVersion:
    return PolicyVersion(
        tenant_id=policy.tenant_id,
        policy=policy,
        revision=policy.revision,
        changed_by=changed_by,
        at=at,
        **content_of(policy),
    )
