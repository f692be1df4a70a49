"""Who is asking, for which tenant, in which role, and through which door."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from m25console.models import Membership, Tenant, User
from m25console.refusals import NotPermitted, NotSignedIn, Refusal, WrongState
from m25console.vocabulary import Door, Role, Scope

TENANT_KEY = "tenant"  # session: slug of the tenant chosen
ENTERED_KEY = "entered_tenant"  # session: slug of the tenant that platform staff entered


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
    def can_read(self) -> bool:
        return self.role is not None

    @property
    def can_review(self) -> bool:
        """Whether this actor may decide: always a person, or a token on one's behalf."""
        decides = self.role in (Role.REVIEWER, Role.ADMIN) or self.acts_for is not None
        return self.user is not None and decides

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
        return self.user is not None and self.role == Role.ADMIN


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


def check_administers(actor: Actor) -> None:
    """Raises NotPermitted unless `actor` is an admin of their tenant."""
    if not actor.can_administer:
        raise NotPermitted("Only this tenant's admins can do this.")


def check_reviews(actor: Actor) -> None:
    """Raises NotPermitted unless `actor` may decide in their tenant."""
    if not actor.can_review:
        raise NotPermitted("Only this tenant's reviewers can decide.")


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
