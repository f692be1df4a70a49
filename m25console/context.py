"""What every page's frame shows: who is here, where they may go, and where events come from."""

from functools import cached_property

from django.conf import settings
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from m25console import zones
from m25console.access import ENTERED_KEY, Actor, actor_of, memberships_of
from m25console.models import Membership, User
from m25console.navigation import Count, Link, administered, closed_to, counts_for, links_for
from m25console.refusals import Refusal
from m25console.shortcuts import as_data, for_person


class Console:
    """Lazy: a page that shows no frame pays nothing; the frame costs at most two queries."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> Actor | None:
        if not hasattr(self._request, "user") or not self._request.user.is_authenticated:
            return None
        try:
            return actor_of(self._request)
        except Refusal:
            return None

    @cached_property
    def memberships(self) -> list[Membership]:
        """Where this person may switch to; nothing while inside a tenant as platform staff."""
        return [] if self.actor is None or self.has_entered else memberships_of(self._request)

    @property
    def has_entered(self) -> bool:
        return ENTERED_KEY in self._request.session

    @cached_property
    def links(self) -> list[Link]:
        if self.actor is None:
            return []
        return links_for(self.actor, path=self._page, counts=self.counts)

    @cached_property
    def counts(self) -> dict[str, Count]:
        """What waits behind each entry of the navigation, by its key."""
        return counts_for(self.actor) if self.actor is not None else {}

    @property
    def heard(self) -> str:
        """The count that the page's title tells, such as "9"; empty if nothing waits."""
        return next((count.text for count in self.counts.values() if count.heard), "")

    @property
    def _page(self) -> str:
        """The page being read; the navigation re-fetched by itself says which in `at`."""
        here = self._request.path
        return self._request.GET.get("at", here) if here == reverse("navigation") else here

    @cached_property
    def shortcuts(self) -> dict[str, object]:
        """The table of keys that keys.js reads."""
        assert isinstance(self._request.user, User)
        closed = closed_to(self.actor) if self.actor else set()
        return as_data(for_person(self._request.user, closed=closed))

    @property
    def zone(self) -> str:
        """The zone of the times on this page, as "Europe/Berlin (UTC+01:00)"."""
        return zones.in_words(timezone.now())

    @cached_property
    def admin_url(self) -> str:
        """For platform staff, where the administration shows what this page is about; or empty."""
        match = self._request.resolver_match
        user = getattr(self._request, "user", None)
        if match is None or user is None or not user.is_staff:
            return ""
        names = administered().get(match.view_name, "")
        if not names or len(match.kwargs) != 1:
            return ""
        [pk] = match.kwargs.values()
        return reverse(f"admin:{names}_change", args=[quote(str(pk))])

    @property
    def live_url(self) -> str:
        """The origin of the event streams; empty when it is this one."""
        return str(settings.LIVE_URL)


def console(request: HttpRequest) -> dict[str, Console]:
    """The context processor: adds `console` to every template."""
    return {"console": Console(request)}
