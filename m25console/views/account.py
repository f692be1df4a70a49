"""A person's own page, and choosing which tenant they act in."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from m25console import people
from m25console.access import ENTERED_KEY, TENANT_KEY, in_any_tenant, memberships_of
from m25console.forms import PreferencesForm
from m25console.http import safe_next
from m25console.models import Tenant, User
from m25console.refusals import NotFound, NotPermitted


@in_any_tenant
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed. Other sessions have ended."))
        return redirect("account")
    return _page(request, form=form, preferences=PreferencesForm.of(request.user))


@in_any_tenant
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """How pages look and listen for one person: their time zone and their keys."""
    assert isinstance(request.user, User)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, form=PasswordChangeForm(request.user), preferences=form)
    people.prefer(request.user, **form.cleaned_data)
    messages.success(request, _("Your preferences are kept."))
    return redirect("account")


def _page(
    request: HttpRequest, *, form: PasswordChangeForm, preferences: PreferencesForm
) -> HttpResponse:
    # The page is about more than the password: focus stays where the reader put it.
    form.fields["old_password"].widget.attrs.pop("autofocus", None)
    context = {
        "form": form,
        "preferences": preferences,
        "memberships": memberships_of(request),
    }
    status = 422 if form.errors or preferences.errors else 200
    return render(request, "m25console/account.html", context, status=status)


@in_any_tenant
@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Act in another of one's tenants from now on; lands on the start page."""
    slug = request.POST.get("tenant", "")
    if slug not in {one.tenant.slug for one in memberships_of(request)}:
        raise NotFound("You are not a member of such a tenant.")
    request.session[TENANT_KEY] = slug
    request.session.pop(ENTERED_KEY, None)
    return redirect(safe_next(request, default=reverse("home")))


@in_any_tenant
@require_POST
def enter_tenant(request: HttpRequest, tenant_id: str) -> HttpResponse:
    """Platform staff go into a tenant; the audit says so."""
    assert isinstance(request.user, User)
    if not request.user.is_staff:
        raise NotPermitted("Only platform staff can enter a tenant they are not a member of.")
    tenant = get_object_or_404(Tenant, pk=tenant_id, is_active=True)
    people.enter_tenant(tenant=tenant, staff=request.user, now=timezone.now())
    request.session[ENTERED_KEY] = tenant.slug
    return redirect("home")


@in_any_tenant
@require_POST
def leave_tenant(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    slug = request.session.pop(ENTERED_KEY, None)
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is not None and request.user.is_staff:
        people.leave_tenant(tenant=tenant, staff=request.user, now=timezone.now())
    return redirect("home")
