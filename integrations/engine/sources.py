"""Data sources with their secrets, and the way to them: nothing is locked while a vault or a server
is asked."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

from integrations import vault
from integrations.actions import sources
from integrations.actions.credentials import About
from integrations.actions.sources import Stored, Wanted, check
from integrations.domain import reaching, references, source_configs
from integrations.domain.reaching import CannotReach, Reach
from integrations.domain.sources import SourceType
from integrations.domain.states import Accessor, CredentialKind
from integrations.drivers import looking
from integrations.drivers.looking import Seen
from integrations.engine import keeping
from integrations.models import DataSource
from integrations.models.ids import new_source_id
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor, check_connects
from m25console.destinations import Stage
from m25console.refusals import InvalidInput
from m25console.rows import found


def register(*, source_type: SourceType, wanted: Wanted, by: Actor, now: datetime) -> DataSource:
    """A new source, not yet switched on; its secrets are stored with it. Raises NotPermitted,
    InvalidInput, ForbiddenUrl, CannotKeep, or WrongState for a name that is taken."""
    check_connects(by)
    config = source_configs.merged({}, wanted.config or {})
    check(source_type, wanted, config, is_new=True)
    shown, secrets = source_configs.split(reaching.named(source_type, config))
    _check_known(shown, secrets)
    stored = Stored(new_source_id(), shown)
    with _kept(secrets, stored, owner=wanted.name or "", by=by, now=now) as kept:
        return sources.register(source_type=source_type, wanted=wanted, stored=kept, by=by, now=now)


def change(*, source_id: str, wanted: Wanted, by: Actor, now: datetime) -> DataSource:
    """Set what is given; another configuration has to be tested and switched on again.

    Raises NotFound, NotPermitted, InvalidInput, ForbiddenUrl, CannotKeep or WrongState.
    """
    row = found(DataSource.objects.for_tenant(by.tenant), source_id, noun="data source")
    check_connects(by)
    source_type = SourceType(row.source_type)
    config = source_configs.merged(row.config, wanted.config or {})
    check(source_type, wanted, config)
    if wanted.config is None:
        return sources.change(source_id=row.pk, wanted=wanted, stored=None, by=by, now=now)
    shown, fresh = source_configs.split(reaching.named(source_type, config))
    stored = Stored(row.pk, shown, row.credential_ref, row.config_version)
    held = _held(row, by=by, now=now)
    secrets = {**held, **fresh}
    _check_known(shown, secrets)
    secrets = {name: secrets[name] for name in source_configs.marks(shown)}
    if secrets == held:
        return sources.change(source_id=row.pk, wanted=wanted, stored=stored, by=by, now=now)
    with _kept(secrets, stored, owner=wanted.name or row.name, by=by, now=now) as kept:
        return sources.change(source_id=row.pk, wanted=wanted, stored=kept, by=by, now=now)


def reach_of(row: DataSource, *, by: Actor, now: datetime, purpose: str) -> Reach:
    """How to reach a source, its secrets read from the vault, which writes down that `purpose`.

    Raises CannotReach or CannotResolve.
    """
    secrets = _secrets(row, by=by, now=now, purpose=purpose)
    return _reach(SourceType(row.source_type), source_configs.joined(row.config, secrets))


def try_out(
    source_type: SourceType, wanted: Wanted, *, row: DataSource | None, by: Actor, now: datetime
) -> Seen:
    """What a source that is not saved would be found to be; writes nothing but the read of its
    stored secrets, which stay as they are. Raises NotPermitted, InvalidInput or ForbiddenUrl."""
    check_connects(by)
    held = row.config if row else {}
    config = source_configs.merged(held, wanted.config or {})
    check(source_type, wanted, config, is_new=row is None)
    shown, fresh = source_configs.split(config)
    try:
        stored = _secrets(row, by=by, now=now, purpose="test before saving") if row else {}
        reach = _reach(source_type, source_configs.joined(shown, {**stored, **fresh}))
    except (CannotReach, CannotResolve) as fault:
        return unready(str(fault))
    return looking.look(reach)


def unready(message: str) -> Seen:
    """What a look is of a source that nobody can be asked about as it is configured."""
    return Seen(message, looking.SETTINGS, (Stage(looking.SETTINGS, 0, is_good=False),))


def _held(row: DataSource, *, by: Actor, now: datetime) -> Mapping[str, str]:
    """What is stored for it, nothing if that cannot be read any more: then it is entered anew."""
    with contextlib.suppress(CannotResolve):
        return _secrets(row, by=by, now=now, purpose="change")
    return {}


def _check_known(shown: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    if missing := sorted(source_configs.marks(shown) - secrets.keys()):
        told = "*** keeps what is stored, and nothing that can be read is: enter it."
        raise InvalidInput.of({one: [told] for one in missing})


@contextlib.contextmanager
def _kept(
    secrets: Mapping[str, str], stored: Stored, *, owner: str, by: Actor, now: datetime
) -> Iterator[Stored]:
    """The secrets of the source called `owner`, stored for the console to read, in one transaction
    with the source."""
    if not secrets:
        yield replace(stored, reference="")
        return
    about = About(owner, "Of a data source", readers=frozenset({Accessor.SYSTEM}))
    kind = CredentialKind.CUSTOM
    with keeping.referred(secrets, kind=kind, about=about, by=by, now=now) as reference:
        yield replace(stored, reference=reference)


def _secrets(row: DataSource, *, by: Actor, now: datetime, purpose: str) -> Mapping[str, str]:
    if not row.credential_ref:
        return {}
    told = references.parse(row.credential_ref, tenant_id=row.tenant_id, is_development=False)
    label = f"data source, {purpose}, asked for by {by.label}"
    reader = Reader(tenant=by.tenant, accessor=Accessor.SYSTEM, label=label, now=now)
    return vault.read(told.path, by=reader)


def _reach(source_type: SourceType, config: Mapping[str, Any]) -> Reach:
    return reaching.reach_of(source_type, config, plain_at=settings.OUTBOUND_ALLOW)
