#!/usr/bin/env python
"""Django's command line, with the private PostgreSQL and Valkey behind it when none is configured."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
    execute_from_command_line(sys.argv)
