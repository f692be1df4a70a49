"""The *web* process: pages, API and ingest."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")

application = get_wsgi_application()
