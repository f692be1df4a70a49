"""Who is asking, for which tenant, in which role, and through which door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

from m25console.models import Membership, Tenant, User
from m25console.refusals import NotPermitted, NotSignedIn, Refusal, WrongState
from m25console.rights import SYSTEM, Decision, Permission, decide_on, least_role
from m25console.vocabulary import Door, Role, Scope

TENANT_KEY = "tenant"  # session: slug of the tenant chosen
ENTERED_KEY = "entered_tenant"  # session: slug of the tenant that platform staff entered
ONLY: Final[Mapping[Role, str]] = {
    Role.VIEWER: "Only this tenant's members can do this.",
    Role.REVIEWER: "Only this tenant's reviewers and admins can do this.",
    Role.ADMIN: "Only this tenant's admins can do this.",
}


@dataclass(frozen=True)
class Actor:
    """A person, a token or the console itself, acting in one tenant.

    `user` is the person who answers for what is done, None for machines; `role` is None
    for a token that may not even read. `acts_for` is who lent them their place while away;
    `token_id` names the token of one that came with one.
    """

    tenant: Tenant
    user: User | None
    role: Role | None
    door: Door
    label: str
    scopes: frozenset[Scope] = frozenset()
    acts_for: User | None = None
    token_id: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """By what this actor's rights are found: a person's role, and a reviewer's while they
        stand in for one; a token's scopes; or the console's own."""
        if self.user is None:
            own = {SYSTEM} if self.door is Door.SYSTEM else self.scopes - {Scope.DECIDE}
            return frozenset(own)
        lent = Role.REVIEWER if self.acts_for is not None else None
        return frozenset(role for role in (self.role, lent) if role is not None)

    def on(self, permission: Permission) -> Decision:
        """Whether this actor has a permission, and by which rule."""
        return decide_on(self.roles, permission)

    @property
    def can_review(self) -> bool:
        """Whether this actor may decide: always a person, or a token on one's behalf."""
        return self.on(Permission.DECIDE_RUNS).allowed

    @property
    def voice(self) -> User | None:
        """Whose agreement a yes of this actor counts as."""
        return self.acts_for or self.user

    @property
    def people(self) -> frozenset[int]:
        """The keys of the person who acts and of the one in whose place they do."""
        return frozenset(one.pk for one in (self.user, self.acts_for) if one is not None)

    @property
    def can_administer(self) -> bool:
        return self.on(Permission.MANAGE_SETTINGS).allowed


class Denied(NotPermitted):
    """A role or a token lacks a permission; says whose and which, so that it can be kept."""

    def __init__(self, message: str, *, actor: Actor, decision: Decision) -> None:
        super().__init__(message)
        self.actor = actor
        self.decision = decision


def system_actor(tenant: Tenant, *, label: str = "system") -> Actor:
    """The console acting by itself: it reads everything and can never decide for a person."""
    return Actor(tenant=tenant, user=None, role=Role.VIEWER, door=Door.SYSTEM, label=label)


def actor_of(request: HttpRequest) -> Actor:
    """The actor behind a request: its API token's, or the person's in the tenant they chose.

    Raises NotSignedIn without a person or token, and
    NotPermitted if the person belongs to no tenant.
    """
    known = getattr(request, "auth", None)
    if isinstance(known, Actor):
        return known
    kept = getattr(request, "_console_actor", None)
    if isinstance(kept, Actor):
        return kept
    actor = entered_actor(request) or _member(request)
    request._console_actor = actor  # type: ignore[attr-defined]
    return actor


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The signed-in person's memberships in active tenants, by tenant name.

    They came with the person, unless these are only being signed in or are a member nowhere.
    """
    person = request.user
    if not person.is_authenticated:
        raise NotSignedIn("Sign in first.")
    if person.known_memberships is None:
        person.known_memberships = list(person.memberships.usable().by_tenant_name())
    return person.known_memberships


def entered_actor(request: HttpRequest) -> Actor | None:
    """Platform staff inside a tenant they entered explicitly, which has an admin's rights."""
    slug = request.session.get(ENTERED_KEY)
    if not slug or not request.user.is_authenticated or not request.user.is_staff:
        return None
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        return None
    label = f"{request.user} (platform staff)"
    return Actor(tenant=tenant, user=request.user, role=Role.ADMIN, door=Door.WEB, label=label)


def _member(request: HttpRequest) -> Actor:
    memberships = memberships_of(request)
    if not memberships:
        raise NotPermitted("You are not a member of any tenant yet. Ask an admin to add you.")
    chosen = request.session.get(TENANT_KEY)
    membership = next((one for one in memberships if one.tenant.slug == chosen), memberships[0])
    assert request.user.is_authenticated
    return Actor(
        tenant=membership.tenant,
        user=request.user,
        role=Role(membership.role),
        door=Door.WEB,
        label=str(request.user),
    )


def as_they_may_now(
    person: User, *, tenant: Tenant, door: Door, label: str, acts_for: User | None = None
) -> Actor:
    """Somebody who once asked for something, with the rights they have by now; one query.

    Platform staff keep an admin's rights in a tenant they are no member of: they entered it.
    """
    membership = Membership.objects.usable().filter(user=person, tenant=tenant).first()
    role = Role(membership.role) if membership else None
    if role is None and person.is_staff and tenant.is_active:
        role = Role.ADMIN
    return Actor(
        tenant=tenant,
        user=person,
        role=role if person.is_active else None,
        door=door,
        label=label,
        acts_for=acts_for,
    )


def check_may(actor: Actor, permission: Permission, *, sentence: str = "") -> None:
    """Raises Denied unless `actor` has the permission."""
    decision = actor.on(permission)
    if not decision.allowed:
        told = sentence or ONLY[least_role(permission)]
        raise Denied(told, actor=actor, decision=decision)


def check_administers(actor: Actor) -> None:
    """Raises Denied unless `actor` is an admin of their tenant."""
    check_may(actor, Permission.MANAGE_SETTINGS)


def check_connects(actor: Actor) -> None:
    """Raises Denied unless `actor` may change what their tenant is connected to, and its limits."""
    check_may(actor, Permission.MANAGE_INTEGRATIONS)


def check_reviews(actor: Actor) -> None:
    """Raises Denied unless `actor` may decide in their tenant."""
    told = "Only this tenant's reviewers can decide."
    check_may(actor, Permission.DECIDE_RUNS, sentence=told)


def in_any_tenant[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Marks a view that acts on the person or on the choice of tenant, not in a tenant."""
    view.in_any_tenant = True  # type: ignore[attr-defined]
    return view


def check_still_in(actor: Actor, *, slug: str) -> None:
    """Raises WrongState unless `actor` acts in the tenant the page was made for; "" tells none."""
    if slug and actor.tenant.slug != slug:
        raise WrongState(
            f"You switched to {actor.tenant} in another tab, and this page was opened before. "
            "Nothing was changed. Open the page again, or switch back first."
        )


@dataclass(frozen=True)
class Verdict:
    """A check's answer for a template: whether to enable a button, and if not, why."""

    allowed: bool
    reason: str = ""


def verdict[**P](check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> Verdict:
    """What `check` says about these arguments, as a value instead of a Refusal."""
    try:
        check(*args, **kwargs)
    except Refusal as refusal:
        return Verdict(allowed=False, reason=str(refusal))
    return Verdict(allowed=True)
