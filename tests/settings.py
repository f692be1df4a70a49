"""The real settings with a test's environment; nothing here may change behaviour under test."""

import atexit
import os
import shutil
import sys
import tempfile

os.environ.setdefault("M25_SECRET_KEY", "tests only, and long enough to be accepted")
os.environ.setdefault("CREDENTIAL_MASTER_KEY", "dGVzdHMgb25seSwgYW5kIG9mIHRoaXJ0eS0yIGJ5dGU=")
if "PYTEST_VERSION" in os.environ:  # and not a type checker that reads settings
    if "M25_TESTS_DATA_DIR" not in os.environ:
        # The first process of a run makes it, and the processes of pytest-xdist inherit it.
        os.environ["M25_TESTS_DATA_DIR"] = tempfile.mkdtemp(prefix="m25console-tests-")
        atexit.register(shutil.rmtree, os.environ["M25_TESTS_DATA_DIR"], ignore_errors=True)
    os.environ["M25_DATA_DIR"] = os.environ["M25_TESTS_DATA_DIR"]
    # A run starts a hundred interpreters, and each would compile the whole console for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False

from m25console.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed only
WHITENOISE_AUTOREFRESH = True  # speed only: every Client would list all static files first
INSTALLED_APPS = ["tests.flushing", *INSTALLED_APPS]  # noqa: F405 - speed only
