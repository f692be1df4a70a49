"""The tenant's people: everyone may see them, admins change them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from m25console import people
from m25console.access import Actor, actor_of, check_may, verdict
from m25console.forms import MemberForm, RoleForm
from m25console.models import User
from m25console.refusals import InvalidInput, WrongState
from m25console.rights import Permission
from m25console.vocabulary import Role

SHOWN_AT_MOST = 500


@never_cache
@require_http_methods(["GET", "POST"])
def member_list(request: HttpRequest) -> HttpResponse:
    """The page, and on POST a new member; a new account's password is in that one answer."""
    actor = actor_of(request)
    form = MemberForm(request.POST or None)
    password = ""
    if request.method == "POST" and form.is_valid():
        try:
            name, password = _add(actor, form)
        except (InvalidInput, WrongState) as refused:
            form.add_error("username", str(refused))
        else:
            if not password:
                messages.success(request, f"{name} is a member now.")
                return redirect("members")
            form = MemberForm()
    members = actor.tenant.memberships.select_related("user").order_by("user__username")
    context = {
        "form": form,
        "members": members[:SHOWN_AT_MOST],
        "password": password,
        "person": name if password else "",
        "roles": list(Role),
        "change": verdict(check_may, actor, Permission.WRITE_USERS),
    }
    status = 422 if form.errors else 200
    return render(request, "m25console/members.html", context, status=status)


@require_POST
def member_role(request: HttpRequest, membership_id: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("There is no such role.")
    role = Role(form.cleaned_data["role"])
    changed = people.change_role(
        membership_id=membership_id, role=role, by=actor_of(request), now=timezone.now()
    )
    messages.success(request, f"{changed.user} is {role} now.")
    return redirect("members")


@require_POST
def member_remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    people.remove_member(membership_id=membership_id, by=actor_of(request), now=timezone.now())
    messages.success(request, "The membership has ended.")
    return redirect("members")


def _add(actor: Actor, form: MemberForm) -> tuple[str, str]:
    """The new member's name, and their password if their account is new. Raises Refusal."""
    username, role = form.cleaned_data["username"], Role(form.cleaned_data["role"])
    now = timezone.now()
    if User.objects.known_as(username).exists():
        joined = people.add_member(username=username, role=role, by=actor, now=now)
        return str(joined.user), ""
    person, password = people.create_person(
        username=username, password=None, role=role, by=actor, now=now
    )
    return str(person), password
