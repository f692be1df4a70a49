"""The Celery application: it spreads hints over processes, the database holds the truth."""

import os
from typing import Any, Final

from celery import Celery
from django.db import InterfaceError, OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
# They read every page's code, and ask the database, which may be away for a moment.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# A task that is safe to run twice is tried again where the database is away for a moment.
TRIED_AGAIN: Final[dict[str, Any]] = {
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": True,
    "retry_backoff_max": 5,
    "max_retries": 3,
}

app = Celery("m25console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
