"""Who reports usage or asks for leave: an integration by its key, or a tenant by a token."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from integrations.actions import keys
from m25console.access import Actor
from m25console.api.bearer import EVALUATES, WRITES_USAGE, ApiToken
from m25console.models import Tenant
from m25console.refusals import NotPermitted

KEY_HEADER: Final = "X-CUS-Integration-Key"


@dataclass(frozen=True)
class Caller:
    """For which tenant, and, behind a key, for which integration alone."""

    tenant: Tenant
    integration_id: str = ""

    def check_speaks_for(self, integration_id: str) -> None:
        """Raises NotPermitted for another integration than the key's."""
        if self.integration_id and integration_id != self.integration_id:
            raise NotPermitted("This key speaks for another integration.")


class KeyOrToken(HttpBearer):
    """Lets an integration's key in, or a token with the scope of `tokens`."""

    def __init__(self, tokens: ApiToken) -> None:
        super().__init__()
        self._tokens, self.scope = tokens, tokens.scope

    def __call__(self, request: HttpRequest) -> Caller:
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            bearer = keys.bearer_of(key, now=timezone.now())
            return Caller(bearer.tenant, bearer.integration_id)
        return Caller(self._tokens(request).tenant)

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        return self._tokens.authenticate(request, token)


def caller_of(request: HttpRequest) -> Caller:
    """The caller that was let in."""
    caller = getattr(request, "auth", None)
    assert isinstance(caller, Caller)
    return caller


REPORTS: Final = KeyOrToken(WRITES_USAGE)
ASKS: Final = KeyOrToken(EVALUATES)
