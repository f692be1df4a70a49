"""The Celery application: it spreads hints over processes, the database holds the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")

app = Celery("m25console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
