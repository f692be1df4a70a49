"""What a split-off pattern is recognised by, and what is left of the one it came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.actions.pattern_merges import bucket_name
from loops.actions.signatures import signature_of
from loops.domain import matching
from loops.models import FailurePattern, Incident, PatternKey
from m25console.refusals import InvalidInput, WrongState

RELEARNED_FROM: Final = 200  # incidents that stay, the newest
ALIKE: Final = "Some of these read exactly like what this pattern is recognised by: {}. Leave them."


@dataclass(frozen=True)
class Signed:
    """What a new pattern would be recognised by; `exact` are keys of the very messages chosen."""

    signature: dict[str, Any]
    digest: str
    version: str
    template: matching.Template | None = None
    exact: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.template.text if self.template else ""


def signed(chosen: Sequence[Incident], *, source: FailurePattern) -> Signed:
    """What these incidents of a pattern would be recognised by on their own; one query.

    Raises InvalidInput if that is what the pattern is recognised by, or not one thing, and
    WrongState if another pattern is recognised by it.
    """
    found = _by_message(chosen, source) if source.message_template else _by_fields(chosen, source)
    same = FailurePattern.objects.filter(tenant=source.tenant_id, signature_hash=found.digest)
    other = same.values_list("pk", flat=True).first()
    if other is not None:
        raise WrongState(f"Pattern {other} is recognised by exactly this. Split that one off.")
    return found


def make(chosen: Sequence[Incident], *, source: FailurePattern, now: datetime) -> FailurePattern:
    """The new pattern of these incidents, stored and found from now on. Raises as signed()."""
    found = signed(chosen, source=source)
    made = FailurePattern.objects.create(
        tenant_id=source.tenant_id,
        pattern_type=source.pattern_type,
        error_type=source.error_type,
        signature=found.signature,
        signature_hash=found.digest,
        signature_version=found.version,
        message_template=found.template.to_json() if found.template else None,
        template_text=found.text,
        first_incident=chosen[0],
        last_occurrence_at=chosen[-1].created_at,
        created_at=now,
        updated_at=now,
    )
    if found.template is not None:
        _index(made, [*matching.index_keys(found.template), *found.exact])
    return made


def narrowed(source: FailurePattern, *, without: Iterable[str] = ()) -> matching.Template | None:
    """What a pattern of messages is recognised by, learned anew from the incidents that stay.

    None for a pattern of fields, or one whose first message is not kept. Two queries.
    """
    first = source.first_incident
    if source.message_template is None or first is None:
        return None
    template = matching.Template.of(matching.read(first.error_message or ""))
    if template.birth != source.message_template["birth"]:
        return None
    stay = (
        Incident.objects.filter(
            tenant=source.tenant_id,
            matched_pattern=source,
            recurrence_signature=source.signature_hash,
        )
        .exclude(pk__in=list(without))
        .newest_first()
    )
    for message in stay.values_list("error_message", flat=True)[:RELEARNED_FROM]:
        template = template.learn(matching.read(message or ""))
    return template


def narrow(source: FailurePattern, *, gone: Iterable[Incident], now: datetime) -> None:
    """Let a locked pattern forget what it learned from incidents that are not its own any more."""
    lost = [matching.lookup_keys(matching.read(one.error_message or ""))[0] for one in gone]
    source.keys.filter(key__in=lost).delete()
    template = narrowed(source)
    if template is None:
        return
    source.message_template, source.template_text = template.to_json(), template.text
    source.updated_at = now
    source.save(update_fields=["message_template", "template_text", "updated_at"])
    wanted = matching.index_keys(template)
    source.keys.exclude(key__in=wanted).exclude(key__startswith=matching.EXACT).delete()
    _index(source, wanted)


def _index(pattern: FailurePattern, keys: Iterable[str]) -> None:
    bucket = bucket_name(pattern)
    PatternKey.objects.bulk_create(
        (
            PatternKey(tenant_id=pattern.tenant_id, bucket=bucket, key=key, pattern=pattern)
            for key in dict.fromkeys(keys)
        ),
        ignore_conflicts=True,
    )


def _by_message(chosen: Sequence[Incident], source: FailurePattern) -> Signed:
    readings = [matching.read(one.error_message or "") for one in chosen]
    known = matching.Template.from_json(source.message_template or {})
    same = [
        one.title
        for one, reading in zip(chosen, readings, strict=True)
        if reading.text_hash == known.birth
    ]
    if same:
        raise InvalidInput(ALIKE.format(same[0]))
    template = matching.Template.of(readings[0])
    for reading in readings[1:]:
        template = template.learn(reading)
    fields = {
        "error_type": source.error_type,
        "error_code": source.signature.get("error_code"),
    }
    return Signed(
        signature={**fields, "template": matching.Template.of(readings[0]).text},
        digest=matching.signature_hash(template=template, **fields),
        version=matching.VERSION,
        template=template,
        exact=tuple(matching.lookup_keys(one)[0] for one in readings),
    )


def _by_fields(chosen: Sequence[Incident], source: FailurePattern) -> Signed:
    signatures = {one.digest(): one for one in map(signature_of, chosen)}
    if source.signature_hash in signatures:
        same = next(one for one in chosen if signature_of(one).digest() == source.signature_hash)
        raise InvalidInput(ALIKE.format(same.title))
    if len(signatures) > 1:
        raise InvalidInput(
            f"These are {len(signatures)} different failures by their fields. Split them off one "
            "at a time."
        )
    [(digest, signature)] = signatures.items()
    return Signed(signature.as_json(), digest, signature.version)
