from dataclasses import replace
from datetime import UTC, datetime, timedelta

from integrations.domain.mcp_approvals import MOVES, Known, standing
from integrations.domain.mcp_policy import Asked
from integrations.domain.mcp_states import ApprovalReach, ApprovalStatus

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
YES = Known(
    "apr_1", ApprovalStatus.APPROVED, ApprovalReach.CALL, "print", "input", NOW + timedelta(hours=1)
)


def told(*known: Known) -> Asked:
    return standing(known, fingerprint="print", input_hash="input", now=NOW)[0]


def test_every_status_has_its_moves():
    assert set(MOVES) == set(ApprovalStatus)


def test_a_yes_holds_for_its_arguments_its_version_and_its_time():
    assert told(YES) is Asked.APPROVED
    for other in ({"input_hash": "x"}, {"fingerprint": "x"}, {"ends_at": NOW}):
        assert told(replace(YES, **other)) is Asked.NOBODY


def test_a_yes_to_the_tool_holds_for_any_arguments():
    assert told(replace(YES, input_hash="x", reach=ApprovalReach.TOOL)) is Asked.APPROVED


def test_a_yes_goes_before_a_no_and_that_before_an_open_question():
    no = replace(YES, id="apr_2", status=ApprovalStatus.DENIED)
    waiting = replace(YES, id="apr_3", status=ApprovalStatus.PENDING)
    assert told(waiting, no, YES) is Asked.APPROVED
    assert told(waiting, no) is Asked.REFUSED
    assert told(waiting) is Asked.WAITING


def test_what_was_used_or_lapsed_says_nothing():
    used = [replace(YES, status=one) for one in (ApprovalStatus.USED, ApprovalStatus.LAPSED)]
    assert told(*used) is Asked.NOBODY
