"""`demo`: the console with a tenant, people and real incidents, to look at or to try out once."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from loops import overview
from loops.overview import as_table
from loops.sample import client, receiver
from m25console import people, samples, tokens
from m25console.access import Actor, system_actor
from m25console.management.commands import up
from m25console.models import Tenant, User
from m25console.runtime import layout
from m25console.runtime.console import Console
from m25console.samples import Sample
from m25console.vocabulary import Role, Scope

SLUG: Final = "demo"
ADMIN: Final = "admin"
PEOPLE: Final = (
    ("reviewer", "Robin Reviewer", Role.REVIEWER),
    ("reviewer2", "Sam Second", Role.REVIEWER),
    (ADMIN, "Alex Admin", Role.ADMIN),
)
PER_SECOND: Final = 10  # incidents, while somebody is looking on
LOOK_SECONDS: Final = 0.3
REST_WITHIN_SECONDS: Final = 300.0


class Command(up.Command):
    """As `up`, with something to see."""

    help = "Start the console with a demo tenant and feed it the shipped sample of real incidents."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--once",
            action="store_true",
            help="feed the sample, wait until every loop rests, print what happened, and stop",
        )

    def handle(self, *, port: int, **options: Any) -> None:
        with receiver.running() as self.receiver, _served() as self.parts:
            super().handle(port=port, **options)

    def environment(self) -> Mapping[str, str]:
        """Lets the console call what the demo runs, though it is on this machine, without TLS."""
        served = [where for _, servers in self.parts for where in servers.values()]
        allowed = [os.environ.get("M25_OUTBOUND_ALLOW", ""), urlsplit(self.receiver).netloc]
        return {"M25_OUTBOUND_ALLOW": ",".join([*filter(None, allowed), *served])}

    def serve(self, console: Console, **options: Any) -> None:
        """Feed the sample; then rest until a signal, or with --once print the table and return."""
        tenant, password = _furnish()
        once = options["once"]
        per_second = 0 if once else PER_SECOND
        sender = _start_sender(console, tenant, per_second=per_second, receiver=self.receiver)
        try:
            self.say(f"sending {len(client.sample())} real incidents through the HTTP API")
            if not once:
                names = ", ".join(name for name, _, _ in PEOPLE)
                self.say(f"what is told by its channel is shown at {self.receiver}")
                self.say(f"sign in at {console.url} as one of {names}; password: {password}")
            for part, servers in self.parts:
                _fill(console, tenant, part, servers)
            if not once:
                self.say("its connections to providers, data and tools are there too")
                connection.close()
                signal.pause()
            story = _story_of(sender)
            _wait_until_rest(tenant)
            self.say(as_table([*story.items(), *overview.rows(overview.of_tenant(tenant))]))
        finally:
            sender.kill()
            sender.wait()


@contextmanager
def _served() -> Iterator[list[tuple[Sample, Mapping[str, str]]]]:
    """Each app's part, with where its servers listen while this lasts."""
    with ExitStack() as running:
        yield [(part, running.enter_context(part.servers())) for part in samples.declared()]


def _fill(console: Console, tenant: Tenant, part: Sample, servers: Mapping[str, str]) -> None:
    """Has an app fill the tenant, in a process with the environment and a log as the others'."""
    told = ("--tenant", tenant.slug, "--admin", ADMIN, "--servers", json.dumps(dict(servers)))
    with os.fdopen(layout.opened_log(console.data_dir, part.command), "wb") as log:
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", part.command, *told],
            cwd=layout.PROJECT_DIR, env=dict(console.environment), check=True, stdout=log,
        )  # fmt: skip


def _furnish() -> tuple[Tenant, str]:
    """The demo tenant with its people, made if missing, all with one fresh password."""
    now, password = timezone.now(), secrets.token_urlsafe(12)
    tenant = Tenant.objects.filter(slug=SLUG).first()
    if tenant is None:
        tenant = people.create_tenant(slug=SLUG, name="Demo", now=now)
    by = system_actor(tenant, label="demo")
    for name, full_name, role in PEOPLE:
        _admit(name, full_name, role, password=password, by=by)
    return tenant, password


def _admit(name: str, full_name: str, role: Role, *, password: str, by: Actor) -> None:
    known = User.objects.filter(username=name).first()
    if known is None:
        people.create_person(
            username=name,
            full_name=full_name,
            role=role,
            password=password,
            by=by,
            now=timezone.now(),
        )
        return
    known.set_password(password)
    known.save(update_fields=["password"])


def _start_sender(
    console: Console, tenant: Tenant, *, per_second: float, receiver: str
) -> subprocess.Popen[bytes]:
    """A process that tells the story and sends the sample, as `loops.sample.client` says."""
    by, now = system_actor(tenant, label="demo"), timezone.now()
    scopes = [Scope.INCIDENTS_WRITE, Scope.USAGE_WRITE, Scope.EVALUATE, Scope.READ]
    _, token = tokens.issue(name="sample sender", scopes=scopes, by=by, now=now)
    deciders = [_decides(name, by=by, now=now) for name, _, _ in PEOPLE]
    return subprocess.Popen(  # noqa: S603 - our own client
        [sys.executable, "-m", client.__name__, console.url, str(per_second)],
        env={
            **os.environ,
            "M25_TOKEN": token,
            "M25_DECIDERS": ",".join(deciders),
            "M25_RECEIVER": receiver,
        },
        stdout=subprocess.PIPE,
    )


def _decides(name: str, *, by: Actor, now: datetime) -> str:
    """A token in the name of one of the people."""
    _, token = tokens.issue(
        name=f"{name} in the story",
        scopes=[Scope.DECIDE, Scope.READ],
        by=by,
        now=now,
        decides_for=User.objects.get(username=name),
    )
    return token


def _story_of(sender: subprocess.Popen[bytes]) -> dict[str, str]:
    """What came of the story, once everything is sent. Raises CommandError if it failed."""
    said, _ = sender.communicate(timeout=REST_WITHIN_SECONDS)
    if sender.returncode:
        raise CommandError(f"The sender failed with exit code {sender.returncode}.")
    story: dict[str, str] = json.loads(said.splitlines()[-1])
    return story


def _wait_until_rest(tenant: Tenant) -> None:
    ends = time.monotonic() + REST_WITHIN_SECONDS
    while overview.is_at_work(tenant):
        if time.monotonic() > ends:
            raise CommandError("The loops did not come to rest; look at the logs of the workers.")
        time.sleep(LOOK_SECONDS)
