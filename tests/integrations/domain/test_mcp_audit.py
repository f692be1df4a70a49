from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from integrations.domain.mcp_audit import START, Event, Link, digest, first_broken, sealed
from integrations.domain.mcp_states import AuditType

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for number in range(1, length + 1):
        previous = links[-1].integrity_hash if links else START
        event = Event(AuditType.COMPLETED, tool_name=f"tool {number}", duration_ms=number)
        link = Link(event, "ten_1", number, f"mcp-audit-0123456789ab-{number}", AT, previous)
        links.append(replace(link, integrity_hash=sealed(link)))
    return links


def test_int_68_the_hash_of_an_input_does_not_depend_on_the_order_of_its_keys():
    told = "777179660da7bb43db0dba14f0d1e959ccda27833d114d9af6eef1b33e2d603b"
    assert digest({"a": 1, "b": "hello"}) == digest({"b": "hello", "a": 1}) == told


def test_a_chain_as_it_was_written_holds_also_from_the_middle():
    links = chain(4)
    assert first_broken(links) is None
    assert first_broken(links[2:], after=2, previous=links[1].integrity_hash) is None


@pytest.mark.parametrize("name", [field.name for field in fields(Event)])
def test_int_70_a_change_of_any_field_breaks_the_chain_there(name):
    links = chain(3)
    other = {"type": AuditType.FAILED, "duration_ms": 99}.get(name, "another")
    links[1] = replace(links[1], event=replace(links[1].event, **{name: other}))
    broken = first_broken(links)
    assert broken is not None
    assert broken.number == 2


def test_a_link_that_is_missing_moved_or_sealed_anew_breaks_it_too():
    links = chain(4)
    forged = replace(links[1], event=Event(AuditType.DENIED))
    forged = replace(forged, integrity_hash=sealed(forged))
    assert (
        [
            first_broken(tried).number  # type: ignore[union-attr]
            for tried in (
                [links[0], *links[2:]],
                [links[0], links[2], links[1], links[3]],
                [links[0], forged, *links[2:]],
            )
        ]
        == [2, 2, 3]
    )
