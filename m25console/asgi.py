"""The event streams, as an ASGI application. Pages and API are served by m25console.wsgi."""

import os

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
django.setup()

from m25console.live import LiveApplication, Switchboard  # noqa: E402 - after the set-up

application = LiveApplication(
    Switchboard(settings.REDIS_URL), allowed_origins=frozenset(settings.WEB_ORIGINS)
)
