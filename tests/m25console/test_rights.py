import pytest

from m25console.rights import (
    ASKED_BY,
    NEVER_GRANTED,
    RULES,
    SYSTEM,
    Permission,
    decide,
    decide_on,
    is_grantable,
    least_role,
)
from m25console.vocabulary import Role, Scope


def test_int_97_a_viewer_reads_and_writes_nothing() -> None:
    assert decide([Role.VIEWER], "read", "runs").matched_rule == "read:runs"
    denied = decide([Role.VIEWER], "write", "runs")
    assert not denied.allowed
    assert denied.reason == "permission_denied"
    assert denied.denied_permissions == ["write:runs"]


def test_int_97_an_admin_deletes_anything_and_the_system_nothing() -> None:
    allowed = decide([Role.ADMIN], "delete", "agents")
    assert (allowed.reason, allowed.matched_rule) == ("permission_granted", "delete:*")
    assert not allowed.denied_permissions
    assert not decide([SYSTEM], "delete", "agents").allowed


def test_unknown_roles_give_nothing() -> None:
    assert not decide(["owner", "", "developer"], "read", "runs").allowed
    assert not decide([], "read", "runs").allowed


@pytest.mark.parametrize("permission", Permission)
def test_each_role_may_what_the_one_below_may(permission: Permission) -> None:
    may = [decide_on([role], permission).allowed for role in Role]
    assert may == sorted(may)


def test_only_people_decide_and_manage() -> None:
    for permission in Permission:
        if permission.startswith(("decide:", "manage:")):
            assert not decide_on([SYSTEM], permission).allowed
            assert least_role(permission) != Role.VIEWER


def test_a_scope_opens_its_own_routes_and_no_other() -> None:
    for scope, permission in ASKED_BY.items():
        assert [one for one in Scope if decide_on([one], permission).allowed] == [scope]
    assert set(ASKED_BY) == set(Scope)


def test_no_token_is_granted_what_only_the_console_has() -> None:
    for pattern in NEVER_GRANTED:
        assert not is_grantable(pattern)
        assert not is_grantable(pattern.replace("*", "read"))
    assert all(is_grantable(scope) for scope in Scope)


def test_every_rule_is_about_something_known() -> None:
    known = {one.value for one in Permission} | {"system:execute"}
    for rules in RULES.values():
        assert {rule for rule in rules if not rule.endswith(":*")} <= known
