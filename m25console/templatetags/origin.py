"""What every form says of where it comes from."""

from typing import Final

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

TENANT_FIELD: Final = "from_tenant"


class OriginNode(CsrfTokenNode):
    """Django's own form token, and the tenant the form was made for; see SameTenantMiddleware."""

    def render(self, context: Context) -> SafeString:
        token = super().render(context)
        actor = getattr(context.get("console"), "actor", None)
        if actor is None:
            return SafeString(token)
        field = '{}<input type="hidden" name="{}" value="{}">'
        return format_html(field, token, TENANT_FIELD, actor.tenant.slug)


@register.tag
def csrf_token(_parser: Parser, _token: Token) -> OriginNode:
    """In the place of Django's tag of this name, so that no form can be without it."""
    return OriginNode()
