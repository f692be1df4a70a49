import pytest

from loops.domain.delivery_faults import remedy


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("", ""),
        ("The endpoint answered 404.", "Nothing is at this address any more"),
        ("The endpoint answered 401.", "It refuses us"),
        ("The endpoint answered 503.", "a fault of its own"),
        ("The endpoint answered 302, a redirect: enter the address it leads to.", "leads to"),
        ("The mail server answered 550: no such mailbox", "check the address"),
        ("The mail server answered 451: later", "a fault of its own"),
        ("No mail server is set up: the operator names one in M25_SMTP_URL.", "The operator"),
        ("The name hooks.example.org leads nowhere.", "a slip"),
        ("example.org does not take connections on port 443.", "It cannot be reached"),
        ("There was no whole answer within 10 seconds.", "It cannot be reached"),
        ("The certificate of example.org is not good: expired.", "certificate"),
        ("The worker that tried to send it did not come back.", "send it again"),
        ("This secret cannot be read with the master key in use; make a new one.", "Replace"),
        ("Something nobody has met before.", "Send a test"),
    ],
)
def test_every_fault_comes_with_what_to_do(error, told):
    assert told in remedy(error)
    assert bool(remedy(error)) == bool(error)
