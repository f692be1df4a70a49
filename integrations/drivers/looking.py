"""A look at a data source, stage by stage: dns, tcp, tls, auth, permission, sample.

Ten seconds for all of it. Whatever goes wrong on the way is an answer too, in words and with the
stage that failed; nothing secret is repeated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.domain.engines import ENGINES, Engine
from integrations.domain.reaching import Reach
from integrations.drivers import buckets, folders, keyvalue, mysql, postgresql, visits, web
from integrations.drivers.visits import Sample, Unready
from m25console.courses import Course
from m25console.destinations import OutboundFault, Stage

SETTINGS: Final = "settings"  # the stage before all others, where nothing was asked
REACHED: Final = "The server takes connections."
DRIVERS: Final[Mapping[Engine, Callable[[Reach, Course], Sample]]] = {
    Engine.POSTGRESQL: postgresql.look,
    Engine.PGVECTOR: postgresql.look,
    Engine.MYSQL: mysql.look,
    Engine.MARIADB: mysql.look,
    Engine.REDIS: keyvalue.look,
    Engine.S3: buckets.look,
    Engine.FOLDER: folders.look,
    Engine.API: web.look,
    Engine.VECTOR_API: web.look,
}


@dataclass(frozen=True)
class Seen:
    """What came of a look: `error` is the stage that failed, empty if none did; `latency_ms` is
    what all stages took."""

    message: str
    error: str = ""
    stages: tuple[Stage, ...] = ()
    names: tuple[str, ...] = ()
    latency_ms: int = 0

    @property
    def is_good(self) -> bool:
        return not self.error


def look(reach: Reach, *, seconds: float = visits.SECONDS) -> Seen:
    """See how far one comes, in so many seconds at most."""
    course = _course(reach, seconds)
    try:
        sample = DRIVERS.get(reach.engine, _no_further)(reach, course)
    except Unready as unready:
        return Seen(str(unready), SETTINGS, (Stage(SETTINGS, 0, is_good=False),))
    except OutboundFault as fault:
        course.reached(is_good=False)
        return _seen(course, str(fault), error=course.stages[-1].name)
    if course.now:
        course.reached(told=sample.told)
    return _seen(course, sample.told, names=sample.names)


def _course(reach: Reach, seconds: float) -> Course:
    if reach.engine is Engine.FOLDER:
        return Course(seconds, ahead=visits.IN_PLACE)
    if ENGINES[reach.engine].goes_further:
        return visits.course_of(reach, seconds=seconds)
    ahead = ("dns", "tcp", "tls") if reach.is_tls else ("dns", "tcp")
    return Course(seconds, ahead=ahead)


def _no_further(reach: Reach, course: Course) -> Sample:
    """As far as the connection: there is no driver that could sign in."""
    with visits.way_to(reach, course) as way:
        if reach.is_tls:
            visits.secured(way, reach, course).close()
    title = ENGINES[reach.engine].title
    return Sample(told=f"{REACHED} There is no driver for {title} here: the look ends there.")


def _seen(course: Course, told: str, *, error: str = "", names: tuple[str, ...] = ()) -> Seen:
    stages = tuple(course.stages)
    return Seen(told, error, stages, names, sum(one.milliseconds for one in stages))
