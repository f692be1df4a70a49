"""Prevention policies: reading them, confirming, activating, disabling and changing them."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import policies, policy_edits, proposals
from loops.api.shapes.checkpoints import CheckpointOut
from loops.api.shapes.policies import (
    ActivateIn,
    ConfirmationOut,
    ConfirmedOut,
    ConfirmIn,
    ExceptIn,
    ExceptionOut,
    ModeChangeOut,
    ModifiedOut,
    ModifyIn,
    PolicyOut,
    ReasonIn,
    VersionOut,
    confirmed_out,
    modified_out,
)
from loops.domain.states import PolicyMode
from loops.models import (
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyException,
    PolicyRule,
    PolicyVersion,
)
from loops.models.policies import PolicyRuleQuerySet
from loops.opinions import confirmations_told, hides_opinions
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

NEWEST_FIRST: Final = Listing("policies", Order("created_at"))
VERSIONS: Final = Listing("policy-versions", Order("at", tie_kind=int))
CONFIRMATIONS: Final = Listing("policy-confirmations", Order("at", tie_kind=int))
MODE_CHANGES: Final = Listing("policy-activation-audit", Order("activated_at", tie_kind=int))
EXCEPTIONS: Final = Listing("policy-exceptions", Order("created_at", tie_kind=int))
CHANGING: Final = refusals(400, 404, 409, 413, 415, 422)

router = Router(tags=["policies"])


@router.get("/policies", auth=READS, response={200: Page[PolicyOut], **refusals(400, 422)})
def list_policies(
    request: HttpRequest, paging: Query[Paging], mode: PolicyMode | None = None
) -> Page[PolicyOut]:
    """Prevention policies, the newest first. Needs the scope `read`."""
    rows = _rows(actor_of(request))
    rows = rows.filter(mode=mode) if mode else rows
    return page_of(rows, PolicyOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.get("/policies/{policy_id}", auth=READS, response={200: PolicyOut, **refusals(404)})
def read_policy(request: HttpRequest, policy_id: str) -> PolicyOut:
    """One policy as it is now. Needs the scope `read`."""
    return PolicyOut.from_orm(_policy(actor_of(request), policy_id))


@router.get(
    "/policies/{policy_id}/versions",
    auth=READS,
    response={200: Page[VersionOut], **refusals(400, 404, 422)},
)
def list_versions(request: HttpRequest, policy_id: str, paging: Query[Paging]) -> Page[VersionOut]:
    """Its revisions, the latest first; none before the first edit. Needs the scope `read`."""
    rows = PolicyVersion.objects.filter(policy=_policy(actor_of(request), policy_id))
    return page_of(rows, VersionOut, listing=VERSIONS, paging=paging, request=request)


@router.get(
    "/policies/{policy_id}/confirmations",
    auth=READS,
    response={200: Page[ConfirmationOut], **refusals(400, 404, 422)},
)
def list_confirmations(
    request: HttpRequest, policy_id: str, paging: Query[Paging]
) -> Page[ConfirmationOut]:
    """Who confirmed which revision, the latest first. Needs the scope `read`.

    Where opinions are blind, none of the present revision before you gave yours.
    """
    policy = _policy(actor_of(request), policy_id)
    rows = PolicyConfirmation.objects.filter(policy=policy).select_related("reviewer")
    if confirmations_told(policy) is None:
        rows = rows.filter(revision__lt=policy.revision)
    return page_of(rows, ConfirmationOut, listing=CONFIRMATIONS, paging=paging, request=request)


@router.get(
    "/policies/{policy_id}/activation-audit",
    auth=READS,
    response={200: Page[ModeChangeOut], **refusals(400, 404, 422)},
)
def list_mode_changes(
    request: HttpRequest, policy_id: str, paging: Query[Paging]
) -> Page[ModeChangeOut]:
    """Every change of its mode, the latest first. Needs the scope `read`."""
    rows = PolicyActivationAudit.objects.filter(policy=_policy(actor_of(request), policy_id))
    return page_of(rows, ModeChangeOut, listing=MODE_CHANGES, paging=paging, request=request)


@router.get(
    "/policies/{policy_id}/exceptions",
    auth=READS,
    response={200: Page[ExceptionOut], **refusals(400, 404, 422)},
)
def list_exceptions(
    request: HttpRequest, policy_id: str, paging: Query[Paging]
) -> Page[ExceptionOut]:
    """What it leaves alone, and left alone before; the latest first. Needs the scope `read`."""
    rows = PolicyException.objects.filter(policy=_policy(actor_of(request), policy_id))
    people = rows.select_related("created_by", "ended_by")
    return page_of(people, ExceptionOut, listing=EXCEPTIONS, paging=paging, request=request)


@router.post(
    "/policies/{policy_id}/confirm",
    auth=DECIDES,
    response={200: ConfirmedOut, **CHANGING},
    openapi_extra=body_of(ConfirmIn),
)
def confirm_policy(request: HttpRequest, policy_id: str) -> ConfirmedOut:
    """One person's yes; the last one needed activates it. Needs the scope `decide`.

    409 if this person has confirmed this revision already.
    """
    actor, wanted = actor_of(request), read_model(request, ConfirmIn)
    confirmed = policies.confirm(
        policy_id=_policy(actor, policy_id).pk,
        note=wanted.note,
        by=actor,
        now=timezone.now(),
        seen_revision=wanted.revision,
    )
    return confirmed_out(confirmed)


@router.post(
    "/policies/{policy_id}/activate",
    auth=DECIDES,
    response={200: PolicyOut, **CHANGING},
    openapi_extra=body_of(ActivateIn),
)
def activate_policy(request: HttpRequest, policy_id: str) -> PolicyOut:
    """Enforce it: on its confirmations, or by an admin's override. Needs the scope `decide`."""
    actor, wanted = actor_of(request), read_model(request, ActivateIn)
    policy = policies.activate(
        policy_id=_policy(actor, policy_id).pk,
        by=actor,
        now=timezone.now(),
        override_reason=wanted.override_reason,
    )
    return PolicyOut.from_orm(policy)


@router.post(
    "/policies/{policy_id}/disable",
    auth=DECIDES,
    response={200: PolicyOut, **CHANGING},
    openapi_extra=body_of(ReasonIn),
)
def disable_policy(request: HttpRequest, policy_id: str) -> PolicyOut:
    """Switch it off, in an admin's name. Needs the scope `decide`."""
    actor, wanted = actor_of(request), read_model(request, ReasonIn)
    mine = _policy(actor, policy_id).pk
    return PolicyOut.from_orm(
        policies.disable(policy_id=mine, reason=wanted.reason, by=actor, now=timezone.now())
    )


@router.post(
    "/policies/{policy_id}/observe",
    auth=DECIDES,
    response={200: PolicyOut, **CHANGING},
    openapi_extra=body_of(ReasonIn),
)
def observe_policy(request: HttpRequest, policy_id: str) -> PolicyOut:
    """Put it back to shadow, in an admin's name. Needs the scope `decide`."""
    actor, wanted = actor_of(request), read_model(request, ReasonIn)
    mine = _policy(actor, policy_id).pk
    policies.observe(policy_id=mine, reason=wanted.reason, by=actor, now=timezone.now())
    return PolicyOut.from_orm(_policy(actor, mine))


@router.post(
    "/policies/{policy_id}/modify",
    auth=DECIDES,
    response={200: ModifiedOut, **CHANGING},
    openapi_extra=body_of(ModifyIn),
)
def modify_policy(request: HttpRequest, policy_id: str) -> dict[str, Any]:
    """Rewrite it, in an admin's name, as a revision nobody has confirmed yet.

    Needs the scope `decide`. An active policy goes back to shadow, and who confirmed the old
    content is told that it no longer counts; `preview` says whom, beforehand. 409
    `policy_changed` if it is not the `version` any more that you read.
    """
    actor, wanted = actor_of(request), read_model(request, ModifyIn)
    policy, edit = _policy(actor, policy_id), wanted.edit()
    if wanted.preview:
        found = policy_edits.preview(
            policy=policy, edit=edit, seen_version=wanted.version, by=actor
        )
        return modified_out(found, is_preview=True)
    saved = policy_edits.modify(
        policy_id=policy.pk,
        edit=edit,
        seen_version=wanted.version,
        reason=wanted.reason,
        by=actor,
        now=timezone.now(),
    )
    return modified_out(saved, is_preview=False)


@router.post(
    "/policies/{policy_id}/propose", auth=DECIDES, response={201: CheckpointOut, **CHANGING}
)
def propose_policy(request: HttpRequest, policy_id: str) -> Status[CheckpointOut]:
    """Ask the reviewers to confirm it: raises a checkpoint. Needs the scope `decide`.

    409 if one is open.
    """
    actor = actor_of(request)
    mine = _policy(actor, policy_id).pk
    checkpoint = proposals.propose(policy_id=mine, by=actor, now=timezone.now())
    return Status(201, CheckpointOut.from_orm(checkpoint))


@router.post(
    "/policies/{policy_id}/exceptions",
    auth=DECIDES,
    response={201: ExceptionOut, **CHANGING},
    openapi_extra=body_of(ExceptIn),
)
def except_requests(request: HttpRequest, policy_id: str) -> Status[ExceptionOut]:
    """Let it leave some requests alone for a while, in an admin's name. Needs the scope
    `decide`."""
    actor, wanted = actor_of(request), read_model(request, ExceptIn)
    made = policy_edits.except_from(
        policy_id=_policy(actor, policy_id).pk,
        requests=wanted.requests(),
        by=actor,
        now=timezone.now(),
    )
    return Status(201, ExceptionOut.from_orm(made))


@router.post(
    "/policies/{policy_id}/exceptions/{exception_id}/end",
    auth=DECIDES,
    response={200: ExceptionOut, **CHANGING},
)
def end_exception(request: HttpRequest, policy_id: str, exception_id: int) -> ExceptionOut:
    """End an exception before its time, in an admin's name. Needs the scope `decide`."""
    actor = actor_of(request)
    mine = _policy(actor, policy_id)
    ended = policy_edits.end_exception(
        policy_id=mine.pk, exception_id=exception_id, by=actor, now=timezone.now()
    )
    return ExceptionOut.from_orm(ended)


def _policy(actor: Actor, policy_id: str) -> PolicyRule:
    return found(_rows(actor), policy_id, noun="policy")


def _rows(actor: Actor) -> PolicyRuleQuerySet:
    mine = PolicyRule.objects.for_tenant(actor.tenant)
    return mine.annotate(hides_opinions=hides_opinions(actor))
