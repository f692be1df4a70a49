"""Messages as e-mail, by the operator's mail server."""

import smtplib
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from loops.actions.deliveries import Sending
from loops.domain.executions import TryResult, Verdict
from loops.domain.messages import as_html, as_text, one_line

NO_SERVER: Final = "No mail server is set up: the operator names one in M25_SMTP_URL."


def send(sending: Sending, now: datetime) -> TryResult:  # noqa: ARG001 - as every carrier
    """Hand one message to the mail server, and what it said.

    Answers of 500 to 599 are final, as is an address that cannot be one; all else may pass.
    """
    if not settings.MAIL_CONFIGURED:
        return TryResult(Verdict.FAILED, error=NO_SERVER)
    try:
        mail_of(sending).send(using="default")
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        return _answered(code, text)
    except smtplib.SMTPResponseException as answered:
        return _answered(answered.smtp_code, answered.smtp_error)
    except (smtplib.SMTPException, OSError) as silence:
        return TryResult(Verdict.AGAIN, error=f"The mail server could not be used: {silence}.")
    except ValueError as wrong:
        return TryResult(Verdict.FAILED, error=one_line(str(wrong)))
    return TryResult(Verdict.SUCCEEDED)


def mail_of(sending: Sending) -> EmailMultiAlternatives:
    """The message with its headers: nobody answers it by machine, what is about one question is
    one thread, and the same message has the same id at every try."""
    message, host = sending.message, urlsplit(settings.BASE_URL).hostname or "m25console.invalid"
    headers = {
        "Message-ID": f"<{sending.delivery_id}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": f"<{message.preferences_url}>",
    }
    if sending.thread:
        root = f"<{sending.thread}@{host}>"
        headers |= {"In-Reply-To": root, "References": root}
    mail = EmailMultiAlternatives(
        subject=f"[m25console] {message.subject}",
        body=as_text(message),
        from_email=settings.MAIL_FROM,
        to=[sending.address],
        headers=headers,
    )
    mail.attach_alternative(as_html(message), "text/html")
    return mail


def _answered(code: int, text: bytes | str) -> TryResult:
    told = text.decode(errors="replace") if isinstance(text, bytes) else text
    error = one_line(f"The mail server answered {code}: {told}")
    return TryResult(Verdict.FAILED if code >= 500 else Verdict.AGAIN, error=error)
