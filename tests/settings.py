"""The real settings with a test's environment; nothing here may change behaviour under test."""

import os

os.environ.setdefault("M25_SECRET_KEY", "tests only, and long enough to be accepted")

from m25console.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed only
