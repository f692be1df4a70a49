import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.executions import (
    Verdict,
    asked_wait,
    secret_text,
    signed_headers,
    verdict_of,
    wait_before,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SUCCEEDED),
        (204, Verdict.SUCCEEDED),
        (302, Verdict.AGAIN),
        (400, Verdict.FAILED),
        (404, Verdict.FAILED),
        (410, Verdict.FAILED),
        (408, Verdict.AGAIN),
        (429, Verdict.AGAIN),
        (500, Verdict.AGAIN),
        (503, Verdict.AGAIN),
    ],
)
def test_a_status_says_whether_to_try_again(status, verdict):
    assert verdict_of(status) is verdict


def test_waits_double_up_to_a_limit_and_are_drawn():
    assert wait_before(tries=1, draw=0.0) == timedelta(seconds=2.5)
    assert wait_before(tries=3, draw=0.5) == timedelta(seconds=15)
    assert wait_before(tries=100, draw=0.0) == timedelta(minutes=5)


def test_an_endpoint_may_ask_for_more_within_reason():
    assert wait_before(tries=1, draw=0.0, asked=timedelta(seconds=90)) == timedelta(seconds=90)
    assert wait_before(tries=1, draw=0.0, asked=timedelta(days=9)) == timedelta(hours=1)
    assert wait_before(tries=3, draw=0.0, asked=timedelta(seconds=1)) == timedelta(seconds=10)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("9" * 30, None),
    ],
)
def test_a_retry_after_is_read_in_both_its_forms(header, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert asked_wait(header, now=NOW) == expected


def test_a_message_is_signed_as_standard_webhooks_has_it():
    secret = b"0123456789abcdef01234567"
    headers = signed_headers(message_id="msg_1", body=b'{"a": 1}', secrets=[secret], at=NOW)
    content = b'msg_1.%d.{"a": 1}' % NOW.timestamp()
    expected = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": f"v1,{expected}",
    }


def test_the_example_of_the_specification_is_signed_alike():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body=b'{"test": 2432232314}',
        secrets=[secret],
        at=datetime.fromtimestamp(1614265330, tz=UTC),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_replaced_both_sign():
    headers = signed_headers(message_id="m", body=b"", secrets=[b"new", b"old"], at=NOW)
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_a_secret_is_shown_as_others_show_theirs():
    assert secret_text(b"\0" * 3) == "whsec_AAAA"
