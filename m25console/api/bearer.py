"""Who is behind an API request: `Authorization: Bearer m25_…`, or a service's signed token."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from m25console import services, tokens
from m25console.access import Actor
from m25console.refusals import NotPermitted, NotSignedIn
from m25console.vocabulary import Scope

TENANT_HEADER = "X-Tenant-ID"


class ApiToken(HttpBearer):
    """Lets a token with `scope` in; the view finds its Actor in `request.auth`.

    With `for_any_member` one that decides may be a viewer's: the act itself checks what they may.
    A session's cookie opens nothing here, so no other site can make a browser act. X-Tenant-ID
    chooses among the tenants of a service; a stored token has one, and no header changes it.
    """

    def __init__(self, scope: Scope, *, for_any_member: bool = False) -> None:
        super().__init__()
        self.scope = scope
        self.for_any_member = for_any_member

    def __call__(self, request: HttpRequest) -> Actor:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("Send an API token, as in: Authorization: Bearer m25_…")
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        wanted = request.headers.get(TENANT_HEADER)
        if services.is_one(token):
            return services.authenticate(token, scope=self.scope, tenant_id=wanted)
        actor = tokens.authenticate(
            token, scope=self.scope, now=timezone.now(), for_any_member=self.for_any_member
        )
        services.check_names_a_tenant(wanted)
        if wanted is not None and wanted != actor.tenant.pk:
            raise NotPermitted("X-Tenant-ID names another tenant than this API token's.")
        return actor


WRITES_INCIDENTS = ApiToken(Scope.INCIDENTS_WRITE)
WRITES_USAGE = ApiToken(Scope.USAGE_WRITE)
EVALUATES = ApiToken(Scope.EVALUATE)
READS = ApiToken(Scope.READ)
CALLS_TOOLS = ApiToken(Scope.TOOLS_CALL)
DECIDES = ApiToken(Scope.DECIDE)
ACTS = ApiToken(Scope.DECIDE, for_any_member=True)  # for themself, or in another's place
