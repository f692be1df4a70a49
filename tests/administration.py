"""Where the administration's pages are."""

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse


def admin_address(model: type[Model], page: str, *args: object) -> str:
    """As the administration itself writes it: an underscore in an id has a meaning there."""
    names = f"{model._meta.app_label}_{model._meta.model_name}"
    return reverse(f"admin:{names}_{page}", args=[quote(one) for one in args])
