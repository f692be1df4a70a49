"""Signing in and out."""

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from m25console import throttle
from m25console.access import in_any_tenant
from m25console.forms import SignInForm
from m25console.http import client_address, safe_next
from m25console.models import User
from m25console.refusals import TooMany

WRONG = _("Either the name or the password is wrong.")


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    onward = safe_next(request, default=reverse("home"))
    if request.user.is_authenticated:
        return redirect(onward)
    form = SignInForm(request.POST or None)
    status = 200
    retry_after = None
    if request.method == "POST" and form.is_valid():
        try:
            person = _person(request, **form.cleaned_data)
        except TooMany as refused:
            form.add_error(None, str(refused))
            status, retry_after = refused.status_code, refused.retry_after
        else:
            if person is not None:
                auth.login(request, person)
                return redirect(onward)
            form.add_error(None, str(WRONG))
            status = 422
    response = render(
        request, "registration/sign_in.html", {"form": form, "next": onward}, status=status
    )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def _person(request: HttpRequest, *, username: str, password: str) -> User | None:
    """Whoever these words belong to, or None. Raises TooMany before looking at the password."""
    address = client_address(request, behind_proxy=settings.BEHIND_TLS)
    throttle.count_attempt(name=username, address=address, now=timezone.now())
    person = auth.authenticate(request, username=username, password=password)
    if person is None:
        return None
    throttle.give_back(name=username, address=address)
    assert isinstance(person, User)
    return person


@in_any_tenant
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("sign-in")
