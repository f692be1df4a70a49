from integrations.domain.usage import success_rate


def test_int_47_what_failed_or_was_blocked_is_no_success():
    assert success_rate(calls=10, errors=1, blocked=2) == 0.7
    assert success_rate(calls=0, errors=0, blocked=0) == 1.0
