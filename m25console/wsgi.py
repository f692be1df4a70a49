"""The *web* process: pages, API and ingest."""

import os

from m25console.wsgi_request import get_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")

application = get_application()
