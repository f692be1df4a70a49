"""Tenants and the people in them: each function is one transaction, and leaves an audit row."""

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from m25console import audit
from m25console.access import Actor, check_may, system_actor
from m25console.models import Membership, Tenant, User
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.rights import Permission
from m25console.vocabulary import Door, Role


@transaction.atomic
def create_tenant(*, slug: str, name: str, now: datetime, label: str = "system") -> Tenant:
    """A new tenant without members. Raises InvalidInput, WrongState if the slug is taken."""
    if Tenant.objects.filter(slug=slug).exists():
        raise WrongState(f"There is already a tenant {slug}.")
    tenant = Tenant(slug=slug, name=name or slug, created_at=now)
    _check_fields(tenant)
    _insert(tenant, taken=f"There is already a tenant {slug}.")
    by = system_actor(tenant, label=label)
    audit.record(
        by=by, action="tenant.created", about=tenant, after={"slug": slug, "name": name}, now=now
    )
    return tenant


@transaction.atomic
def create_person(
    *,
    username: str,
    password: str | None,
    role: Role,
    by: Actor,
    now: datetime,
    full_name: str = "",
) -> tuple[User, str]:
    """A new person in the actor's tenant; returns them and their password, made up if None.

    Raises NotPermitted, InvalidInput, or WrongState if the name or e-mail is taken.
    """
    check_may(by, Permission.WRITE_USERS)
    username = User.normalize_username(username)
    if User.objects.known_as(username).exists():
        raise WrongState(f"There is already a person who signs in as {username}.")
    given = password if password is not None else secrets.token_urlsafe(15)
    person = User(username=username, full_name=full_name, date_joined=now)
    person.set_password(given)
    _check_fields(person)
    _check_password(given, person)
    _insert(person, taken=f"There is already a person who signs in as {username}.")
    told = {"username": username}
    audit.record(by=by, action="person.created", about=person, after=told, now=now)
    _join(person, role=role, by=by, now=now)
    return person, given


@transaction.atomic
def add_member(*, username: str, role: Role, by: Actor, now: datetime) -> Membership:
    """Let someone who has an account into the actor's tenant.

    Raises NotPermitted, NotFound for an unknown person, WrongState for a member.
    """
    check_may(by, Permission.WRITE_USERS)
    person = User.objects.known_as(username).first()
    if person is None:
        raise NotFound(f"Nobody signs in as {username}.")
    if Membership.objects.filter(user=person, tenant=by.tenant).exists():
        raise WrongState(f"{person} is a member already.")
    return _join(person, role=role, by=by, now=now)


@transaction.atomic
def change_role(*, membership_id: int, role: Role, by: Actor, now: datetime) -> Membership:
    """Give a member of the actor's tenant another role.

    Raises NotPermitted, NotFound, or WrongState if no admin would remain.
    """
    membership = _locked_member(membership_id, by=by)
    before = membership.role
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record(
        by=by,
        action="member.role_changed",
        about=membership,
        before={"user": membership.user.username, "role": before},
        after={"user": membership.user.username, "role": role},
        note=membership.user.username,
        now=now,
    )
    return membership


@transaction.atomic
def remove_member(*, membership_id: int, by: Actor, now: datetime) -> None:
    """End a membership in the actor's tenant; the account itself stays.

    Raises NotPermitted, NotFound, or WrongState if no admin would remain.
    """
    membership = _locked_member(membership_id, by=by)
    told = {"user": membership.user.username, "role": membership.role}
    audit.record(by=by, action="member.removed", about=membership, before=told, now=now)
    membership.delete()


def prefer(person: User, *, time_zone: str, single_keys: bool) -> None:
    """Keep how pages are to look and listen for `person`: in every tenant, and nobody else's."""
    person.time_zone, person.single_keys = time_zone, single_keys
    person.save(update_fields=["time_zone", "single_keys"])


@transaction.atomic
def enter_tenant(*, tenant: Tenant, staff: User, now: datetime) -> None:
    """Record that platform staff went into a tenant. Raises NotPermitted for anyone else."""
    _record_visit("tenant.entered", tenant=tenant, staff=staff, now=now)


@transaction.atomic
def leave_tenant(*, tenant: Tenant, staff: User, now: datetime) -> None:
    """Record that platform staff came out again. Raises NotPermitted for anyone else."""
    _record_visit("tenant.left", tenant=tenant, staff=staff, now=now)


def _record_visit(action: str, *, tenant: Tenant, staff: User, now: datetime) -> None:
    if not (staff.is_active and staff.is_staff):
        raise NotPermitted("Only platform staff can enter a tenant they are not a member of.")
    by = Actor(tenant=tenant, user=staff, role=Role.ADMIN, door=Door.ADMIN, label=str(staff))
    audit.record(by=by, action=action, about=tenant, now=now)


def _join(person: User, *, role: Role, by: Actor, now: datetime) -> Membership:
    membership = Membership(user=person, tenant=by.tenant, role=role, created_at=now)
    _insert(membership, taken=f"{person} is a member already.")
    told = {"user": person.username, "role": role}
    audit.record(by=by, action="member.added", about=membership, after=told, now=now)
    return membership


def _locked_member(membership_id: int, *, by: Actor) -> Membership:
    """A member, with all of the tenant's admins locked, so that two cannot remove each other."""
    check_may(by, Permission.WRITE_USERS)
    tenant_rows = Membership.objects.filter(tenant=by.tenant)
    admins = list(
        tenant_rows.filter(role=Role.ADMIN).select_for_update().order_by("pk").values_list("pk")
    )
    membership = (
        tenant_rows.filter(pk=membership_id)
        .select_related("user")
        .select_for_update(of=("self",))
        .first()
    )
    if membership is None:
        raise NotFound("There is no such member.")
    if admins == [(membership.pk,)]:
        raise WrongState("This is the tenant's only admin; make someone else admin first.")
    return membership


def _insert(row: Tenant | User | Membership, *, taken: str) -> None:
    """Store a row that looked free to store. Raises WrongState if somebody was faster."""
    try:
        row.save(force_insert=True)
    except IntegrityError:
        raise WrongState(taken) from None


def _check_fields(row: Tenant | User) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), fields=error.message_dict) from None


def _check_password(password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), fields={"password": error.messages}) from None
