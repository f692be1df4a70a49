"""Makes a tenant with reviewers and tokens in the console whose environment this runs in.

`python -m tests.faults.population SLUG REVIEWERS` prints a JSON object: `sender`, a token that
reports, asks and reads; `deciders`, one token for each reviewer, the last of whom is an admin;
`session`, the key of a session in which that one is signed in.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings come first
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from m25console import people, tokens  # noqa: E402
from m25console.access import system_actor  # noqa: E402
from m25console.models import Membership, User  # noqa: E402
from m25console.vocabulary import Role, Scope  # noqa: E402


def main(slug: str, reviewers: int) -> None:
    now = timezone.now()
    tenant = people.create_tenant(slug=slug, name=slug, now=now)
    by = system_actor(tenant)
    deciders = []
    for number in range(reviewers):
        # Without a password: hashing hundreds of them would take longer than the test.
        person = User.objects.create_user(f"{slug}-{number}")
        role = Role.ADMIN if number == reviewers - 1 else Role.REVIEWER
        Membership.objects.create(user=person, tenant=tenant, role=role)
        scopes = [Scope.DECIDE, Scope.READ]
        _, token = tokens.issue(name="decides", scopes=scopes, by=by, decides_for=person, now=now)
        deciders.append(token)
    scopes = [Scope.INCIDENTS_WRITE, Scope.USAGE_WRITE, Scope.EVALUATE, Scope.READ]
    _, sender = tokens.issue(name="sends", scopes=scopes, by=by, now=now)
    browser = Client()
    browser.force_login(person)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    print(json.dumps({"sender": sender, "deciders": deciders, "session": session}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
