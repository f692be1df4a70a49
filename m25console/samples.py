"""What `demo` shows of each app, beside the incidents it sends: each app tells its own part."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.apps import apps


@dataclass(frozen=True)
class Sample:
    """`servers` starts what the part wants to talk to and tells where each listens, as a name and
    a host:port of loopback; `command` is the management command that fills a tenant, given
    `--tenant`, `--admin` and, in JSON, `--servers`. It changes nothing where it was run before."""

    command: str
    servers: Callable[[], AbstractContextManager[Mapping[str, str]]]


def declared() -> Iterable[Sample]:
    """The parts of every app; an app tells its own as `sample()` on its AppConfig."""
    return [
        told()
        for config in apps.get_app_configs()
        if (told := getattr(config, "sample", None)) is not None
    ]
