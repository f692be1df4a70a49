"""The relay: from what is due in the database to hints for workers and open pages.

It decides nothing and keeps nothing. Several may run; killing one, or losing every message,
costs a moment.
"""

import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import orjson
import redis
import structlog
from celery import Celery
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.backoff import NoBackoff
from redis.retry import Retry

from loops.actions import loops
from loops.engine import periodic, slots, working
from loops.engine.settings import loop_settings
from loops.models import Heartbeat
from m25console import errands, live
from m25console.runtime import pulse

LOOK_SECONDS: Final = 0.2
REST_SECONDS: Final = 1.0  # after the database or the broker failed
BEAT_SECONDS: Final = 5.0
FORGET_AFTER: Final = timedelta(hours=1)  # heartbeats of processes long gone
FEED_BATCH: Final = 500
QUEUE: Final = "loops"
JOBS_QUEUE: Final = "jobs"
JOBS_SECONDS: Final = 1.0
LONGEST_QUEUE: Final = 3 * slots.SLOTS  # while no worker reads, heartbeats must not pile up
log = structlog.get_logger(__name__)

_TAKE_NEWS: Final = """
DELETE FROM feed_entries WHERE id = ANY(ARRAY(
    SELECT id FROM feed_entries ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)) RETURNING id, tenant_id, kind, trace_id, incident_id
"""


class Relay:
    """One relay process, between its start and the moment `stopping` says so."""

    def __init__(self, app: Celery, *, stopping: Callable[[], bool]) -> None:
        self._app = app
        self._stopping = stopping
        self._name = pulse.name_of(pulse.RELAY, leader=os.getpid())
        self._next_beat = self._next_jobs = 0.0
        self._broker = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=5,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),  # the next look tries again
        )

    def run(self) -> None:
        """Look, send, publish, rest; until stopping. Outlives the loss of database and broker."""
        prepared = False
        while not self._stopping():
            try:
                if not prepared:
                    slots.prepare()
                    periodic.prepare()
                    loops.wake_resting(stages=loop_settings().enabled_stages, now=timezone.now())
                    prepared = True
                self.look()
                rest = LOOK_SECONDS
            except (OperationalError, InterfaceError) as error:
                log.warning("database out of reach", error=str(error))
                connection.close()
                rest = REST_SECONDS
            except (redis.RedisError, BrokerError, OSError) as error:
                log.warning("broker out of reach", error=str(error))
                rest = REST_SECONDS
            time.sleep(rest)
        close_old_connections()

    def look(self) -> None:
        """One look at what is due."""
        now = timezone.now()
        self._send(now)
        self._send_out(now)
        self._publish()
        if time.monotonic() >= self._next_jobs:
            self._next_jobs = time.monotonic() + JOBS_SECONDS
            self._wake_jobs(now)
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BEAT_SECONDS
            self._show_life(now)

    def _send(self, now: datetime) -> None:
        messages = slots.give_out(queued=self._queued(), now=now)
        if messages:
            self._tell_workers(
                ("loops.advance", {"slot": one.slot, "ticket": one.ticket}) for one in messages
            )

    def _send_out(self, now: datetime) -> None:
        """Have done what leaves the console."""
        for kind in errands.declared():
            calls = kind.give_out(now=now)
            if calls:
                self._tell_workers(
                    ((kind.task, {kind.argument: one.id, "ticket": one.ticket}) for one in calls),
                    queue=kind.queue,
                )

    def _wake_jobs(self, now: datetime) -> None:
        calls = periodic.give_out(now=now)
        if calls:
            self._tell_workers(
                (("loops.job", {"name": one.name, "ticket": one.ticket}) for one in calls),
                queue=JOBS_QUEUE,
            )

    def _tell_workers(
        self, tasks: Iterable[tuple[str, dict[str, object]]], *, queue: str = QUEUE
    ) -> None:
        """Send tasks over a connection of their own: a broken one never outlives its round."""
        with self._app.connection_for_write() as broker:
            for name, arguments in tasks:
                self._app.send_task(
                    name, kwargs=arguments, queue=queue, retry=False, connection=broker
                )

    def _queued(self) -> int | None:
        try:
            length: int = self._broker.llen(QUEUE)
        except redis.RedisError:
            return None
        return length

    def _publish(self) -> None:
        """Tell open pages of committed changes. What cannot be published is dropped: pages that
        hear nothing look for themselves."""
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_NEWS, [FEED_BATCH])
            news = cursor.fetchall()
        if not news:
            return
        pipeline = self._broker.pipeline(transaction=False)
        for _number, tenant_id, kind, loop, incident in sorted(news):
            word = {"kind": kind, "loop": loop, "incident": incident}
            pipeline.publish(live.channel_of(tenant_id), orjson.dumps(word))
        pipeline.execute()

    def _show_life(self, now: datetime) -> None:
        working.show_life(pulse.RELAY, name=self._name, now=now)
        Heartbeat.objects.filter(beat_at__lt=now - FORGET_AFTER).delete()
        queued = self._queued()
        if queued is not None and queued < LONGEST_QUEUE:
            self._tell_workers([("loops.beat", {})])
