"""A machine at the HTTP API: it has a token and speaks JSON."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from m25console import tokens
from m25console.access import system_actor
from m25console.models import Tenant, User
from m25console.vocabulary import Scope

ROOT = "/api/v1"


@dataclass(frozen=True)
class Machine:
    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{ROOT}{path}", query_params=query, headers=self._headers)

    def post(self, path: str, document: object = None, **headers: str) -> Any:
        return self.client.post(
            f"{ROOT}{path}",
            document,
            content_type="application/json",
            headers=self._headers | headers,
        )

    def ask(self, method: str, path: str, document: object = None) -> Any:
        """With any method; what is sent is JSON."""
        ask = getattr(self.client, method.lower())
        return ask(
            f"{ROOT}{path}", document, content_type="application/json", headers=self._headers
        )

    def send(
        self, path: str, body: bytes, *, content_type: str = "application/json", **headers: str
    ) -> Any:
        """Post bytes as they are."""
        sent = self._headers | {"Content-Type": content_type} | headers
        return self.client.generic("POST", f"{ROOT}{path}", body, content_type, headers=sent)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def machine_of(
    tenant: Tenant, *, scopes: Iterable[Scope] = (Scope.READ,), decides_for: User | None = None
) -> Machine:
    _row, token = tokens.issue(
        name="a machine",
        scopes=list(scopes),
        by=system_actor(tenant),
        decides_for=decides_for,
        now=timezone.now(),
    )
    return Machine(token)
