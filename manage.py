#!/usr/bin/env python
"""Django's command line, behind it the private servers where none are configured."""

import os
import sys

from m25console.runtime import command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
    sys.exit(command_line.run(sys.argv))
