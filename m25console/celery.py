"""The Celery application: it spreads hints over processes, the database holds the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
# They read every page's code, and ask the database, which may be away for a moment.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("m25console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
