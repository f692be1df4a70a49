"""Builders of what people did to policies."""

from django.utils import timezone

from loops.actions import policies, policy_edits
from loops.domain.rule_edit import RuleEdit
from loops.models import PolicyRule
from m25console.vocabulary import Role
from tests import factories


def rename(policy: PolicyRule, *, name: str = "Renamed") -> PolicyRule:
    """Edit nothing of a policy but its name, which makes a revision all the same."""
    edit = RuleEdit(
        name=name,
        conditions=policy.conditions,
        action_type=policy.actions["type"],
        action_params=policy.actions["params"],
        scope_type=policy.scope_type,
    )
    return policy_edits.modify(
        policy_id=policy.pk,
        edit=edit,
        seen_version=policy.version,
        reason="clearer",
        by=factories.make_actor(policy.tenant, role=Role.ADMIN),
        now=timezone.now(),
    ).policy


def confirm(policy: PolicyRule, *, people: int = 1) -> None:
    """As many different reviewers say yes."""
    for _ in range(people):
        policies.confirm(
            policy_id=policy.pk,
            note="",
            by=factories.make_actor(policy.tenant),
            now=timezone.now(),
        )
