"""Remarks under a question."""

from datetime import datetime

from django.db import transaction

from loops.actions.questions import locked_question
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.mentions import names_in
from loops.feed import tell_pages
from loops.models import CheckpointComment, CommentMention
from m25console import audit
from m25console.access import Actor
from m25console.models import Membership
from m25console.refusals import InvalidInput, NotPermitted


@transaction.atomic
def add(*, checkpoint_id: str, text: str, by: Actor, now: datetime) -> CheckpointComment:
    """Keep a remark, and whom of the members it calls by name.

    Raises NotFound, NotPermitted (a machine) or InvalidInput, having changed nothing.
    """
    checkpoint = locked_question(checkpoint_id, by=by)
    if by.user is None:
        raise NotPermitted("Only people comment.")
    told = _checked(text)
    comment = CheckpointComment.objects.create(
        tenant=by.tenant, checkpoint=checkpoint, author=by.user, text=told, at=now
    )
    called = Membership.objects.filter(tenant=by.tenant, user__username__in=names_in(told))
    CommentMention.objects.bulk_create(
        CommentMention(tenant=by.tenant, comment=comment, person_id=pk)
        for pk in called.order_by("user").values_list("user", flat=True)
    )
    audit.record(
        by=by, action="checkpoint.commented", about=checkpoint, after={"comment": comment.pk},
        note=told, now=now,
    )  # fmt: skip
    tell_pages(checkpoint.trace, kind="comment", now=now)
    return comment


def _checked(text: str) -> str:
    told = text.strip()
    wrong = "" if told else "Write something first."
    if len(told) > MAX_NOTE:
        wrong = f"Keep it under {MAX_NOTE:,} characters."
    if wrong:
        raise InvalidInput(wrong, fields={"text": [wrong]})
    return told
