"""Route what is asked of changes that wait for a second look."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from msgspec import Meta

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.reading import decoder_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    id_of,
    moment,
    principal_of,
    time_of,
)
from application.approvals.decide_change import DecideChange
from application.approvals.facade import ApprovalUseCases
from application.shared.change import Once
from domain.approvals.change import REASON_LENGTH_MAX, ChangeState, PendingChange
from domain.identity.access import Permission

PATH = "/api/v1/risk-rules/changes"
# Why a limit is loosened, or what whoever decided said.
Reason = Annotated[str, Meta(min_length=1, max_length=REASON_LENGTH_MAX)]
StateFilter = Annotated[
    str | None,
    # As text: a choice that may be left out would be left out by the word null.
    QueryParameter(
        name="state",
        description=f"Only those that are so: {', '.join(ChangeState)}.",
        pattern=f"^({'|'.join(ChangeState)})$",
    ),
]


class DecisionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What whoever decides says about it."""

    note: Reason | None = None


class ChangeView(msgspec.Struct, kw_only=True):
    """A loosening that waits, or what became of it.

    applies_at: it is applied by itself then, unless somebody rejects it before; null where a
    second person has to approve it.
    """

    id: str
    kind: str
    subject: str
    subject_version: int
    account_id: str | None
    state: ChangeState
    proposer: str
    reason: str
    before: dict[str, str]
    after: dict[str, str]
    proposed_at: str
    expires_at: str
    applies_at: str | None
    decided_by: str
    decided_at: str | None
    note: str


class ChangePage(msgspec.Struct):
    """A page of changes, in the order they were proposed."""

    items: list[ChangeView]
    next_cursor: str | None


_DECISION = decoder_of(DecisionBody)


def change_view(change: PendingChange, *, state: ChangeState | None = None) -> ChangeView:
    """Show a change; state as it stands now, where that is known better."""
    return ChangeView(
        id=str(change.id),
        kind=change.kind,
        subject=str(change.subject),
        subject_version=change.subject_version,
        account_id=id_of(change.account_id),
        state=state or change.state,
        proposer=change.proposer,
        reason=change.reason,
        before=dict(change.before),
        after=dict(change.after),
        proposed_at=moment(change.proposed_at),
        expires_at=moment(change.expires_at),
        applies_at=time_of(change.applies_at),
        decided_by=change.decided_by,
        decided_at=time_of(change.decided_at),
        note=change.note,
    )


def approval_routes(approvals: ApprovalUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/risk-rules/changes."""
    handlers = [*_reading(approvals), *_deciding(approvals.deciding)]
    return AreaRoutes(path=PATH, tags=["risk"], route_handlers=handlers)


def _reading(approvals: ApprovalUseCases) -> list[HTTPRouteHandler]:
    reading = approvals.reading

    def shown(change: PendingChange) -> ChangeView:
        return change_view(change, state=change.state_at(reading.clock.now()))

    @get(
        "/",
        **described(
            "List changes that loosen a limit, in the order they were proposed",
            permission=Permission.RISK_READ,
            answers={200: ChangePage},
            problems=(400,),
        ),
    )
    async def list_changes(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        change_state: StateFilter = None,
    ) -> Answer:
        found = await reading.list(
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
            state=None if change_state is None else ChangeState(change_state),
            among=granted_to(request),
        )
        return paged(found, limit=limit, shown=shown, page=ChangePage)

    @get(
        "/{change_id:uuid}",
        **described(
            "Show a change that loosens a limit",
            permission=Permission.RISK_READ,
            answers={200: ChangeView},
            problems=(404,),
        ),
    )
    async def show_change(request: HttpRequest, change_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return answer(shown(await reading.get(tenant_id=tenant_id, change_id=change_id)))

    return [list_changes, show_change]


def _deciding(deciding: DecideChange) -> list[HTTPRouteHandler]:
    def kept(change: PendingChange) -> tuple[int, bytes]:
        return 200, encode(change_view(change))

    def shown(change: PendingChange) -> Answer:
        return answer(change_view(change))

    async def asked(
        request: HttpRequest,
    ) -> tuple[str, Once[PendingChange] | None]:
        body = await body_of(request)
        note = decode(body, decoder=_DECISION).note if body else None
        return note or "", once_of(request, body, render=kept)

    described_as = partial(
        described,
        permission=Permission.RISK_WRITE,
        body=DecisionBody,
        body_required=False,
        answers={200: ChangeView},
        problems=(403, 404, 409),
        idempotent=True,
    )

    @post(
        "/{change_id:uuid}/approve",
        **described_as(
            "Approve a change that another person proposed; it is applied at once", step_up=True
        ),
    )
    async def approve_change(request: HttpRequest, change_id: PathId) -> Answer:
        note, once = await asked(request)
        by = asker_of(request)
        return first_or_again(await deciding.approve(change_id, by=by, note=note, once=once), shown)

    @post("/{change_id:uuid}/reject", **described_as("Reject a change, or take one's own back"))
    async def reject_change(request: HttpRequest, change_id: PathId) -> Answer:
        note, once = await asked(request)
        by = asker_of(request)
        return first_or_again(await deciding.reject(change_id, by=by, note=note, once=once), shown)

    return [approve_change, reject_change]
