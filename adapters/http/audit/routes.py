"""Route what is asked of the audit trail."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.audit.schemas import (
    ActivityPage,
    AuditPageView,
    ReviewBody,
    ReviewView,
    activity_view,
    entry_view,
    review_view,
)
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, cursor_of
from adapters.http.problems import unfit
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    PathId,
    TextFilter,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.audit.facade import AuditUseCases
from domain.identity.access import Permission
from ports.audit import AuditFilter, AuditPage
from ports.idempotency import IdempotencyKeys

# What stands behind the last place that there can be is every place.
_PLACE_MAX = 2**63 - 1
_Since = Annotated[
    datetime | None,
    QueryParameter(name="from", description="Entries of this time or later, RFC 3339."),
]
_Until = Annotated[
    datetime | None,
    QueryParameter(name="to", description="Entries before this time, RFC 3339."),
]


_REVIEW = msgspec.json.Decoder(ReviewBody)
_Reviewed = Annotated[
    bool | None, QueryParameter(description="Whether a person has marked them as looked at.")
]


def audit_routes(facade: AuditUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return /api/v1/audit, what marks its entries, and /api/v1/users/{user_id}/activity."""
    return AreaRoutes(
        path="/api/v1",
        tags=["audit"],
        route_handlers=[_trail(facade), _review(facade, keys=keys), _activity(facade)],
    )


def _trail(facade: AuditUseCases) -> HTTPRouteHandler:
    @get(
        "/audit",
        **described(
            "List the tenant's audit trail, latest first",
            permission=Permission.AUDIT_READ,
            answers={200: AuditPageView},
            problems=(400,),
        ),
    )
    async def list_entries(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        actor: TextFilter = None,
        action: TextFilter = None,
        subject: TextFilter = None,
        account_id: IdFilter = None,
        since: _Since = None,
        until: _Until = None,
        reviewed: _Reviewed = None,
    ) -> Answer:
        page = await facade.page(
            tenant_id=principal_of(request).tenant_id,
            wanted=AuditFilter(
                actor=actor,
                action=action,
                subject=subject,
                account_id=account_id,
                since=_utc(since, name="from"),
                until=_utc(until, name="to"),
                reviewed=reviewed,
            ),
            limit=limit,
            before=_before_of(cursor),
        )
        view = AuditPageView(
            items=[entry_view(one) for one in page.entries], next_cursor=_next_of(page)
        )
        return answer(view)

    return list_entries


def _review(facade: AuditUseCases, *, keys: IdempotencyKeys) -> HTTPRouteHandler:
    @post(
        "/audit/{entry_id:uuid}/review",
        **described(
            "Mark an entry of the trail as looked at, with a note; the mark is an entry itself",
            permission=Permission.IDENTITY_MANAGE,
            body=ReviewBody,
            answers={201: ReviewView},
            problems=(404,),
            example={"note": "the new laptop, asked by phone"},
            idempotent=True,
        ),
    )
    async def review(request: HttpRequest, entry_id: PathId) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_REVIEW)
        asker = asker_of(request)

        async def work() -> tuple[int, bytes]:
            made = await facade.review(
                tenant_id=asker.tenant_id,
                actor=asker.actor,
                entry_id=entry_id,
                note=asked.note,
                trace_id=asker.trace_id,
            )
            return 201, encode(review_view(made))

        return await once(request, keys=keys, body=one_s_own(request) + body, work=work)

    return review


def _activity(facade: AuditUseCases) -> HTTPRouteHandler:
    @get(
        "/users/{user_id:uuid}/activity",
        **described(
            "List what a user did, and what of it stands out",
            permission=Permission.AUDIT_READ,
            answers={200: ActivityPage},
            problems=(400, 404),
        ),
    )
    async def activity(
        request: HttpRequest,
        user_id: PathId,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        reviewed: _Reviewed = None,
    ) -> Answer:
        found = await facade.activity(
            tenant_id=principal_of(request).tenant_id,
            user_id=user_id,
            limit=limit,
            before=_before_of(cursor),
            reviewed=reviewed,
        )
        view = ActivityPage(
            items=[
                activity_view(one, suspicions=found.suspicions.get(one.entry.id, ()))
                for one in found.page.entries
            ],
            next_cursor=_next_of(found.page),
        )
        return answer(view)

    return activity


def _utc(at: datetime | None, *, name: str) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise unfit(f"#{name}", "must say its offset, such as Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise unfit(f"#{name}", "must be a time of the years 1 to 9999") from None


def _before_of(cursor: str | None) -> int | None:
    after = after_of(cursor)
    return None if after is None else min(after.int, _PLACE_MAX)


def _next_of(page: AuditPage) -> str | None:
    return None if page.before is None else cursor_of(UUID(int=page.before))
