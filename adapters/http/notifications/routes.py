"""Route what people ask of their own notifications."""

from dataclasses import dataclass
from typing import Annotated

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.notifications.asking import by_of
from adapters.http.notifications.channels import channel_routes
from adapters.http.notifications.preferences import preference_routes
from adapters.http.notifications.schemas import (
    ChangedView,
    NotificationPage,
    NotificationView,
    ShownView,
    StatisticsView,
    notification_view,
    shown_view,
    statistics_view,
)
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.visitor import asking_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, encode
from application.notifications.inbox import Inbox
from application.notifications.keep_channels import KeepChannels
from application.notifications.keep_preferences import KeepPreferences
from domain.identity.access import Permission
from domain.identity.notice import Priority
from domain.notifications.message import NotificationType
from ports.idempotency import IdempotencyKeys

PATH = "/api/v1/notifications"
_OWN = Permission.NOTIFICATIONS_SELF
Unread = Annotated[bool, QueryParameter(description="Only those that were not read yet.")]
OfType = Annotated[NotificationType | None, QueryParameter(description="Only those of a type.")]
OfPriority = Annotated[Priority | None, QueryParameter(description="Only those of a priority.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationUseCases:
    """Everything that people ask of what they are told."""

    inbox: Inbox
    preferences: KeepPreferences
    channels: KeepChannels


def notification_routes(cases: NotificationUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/notifications."""
    handlers = [
        *_all(cases.inbox),
        *_one(cases.inbox, keys=keys),
        *preference_routes(cases.preferences),
        *channel_routes(cases.channels, keys=keys),
    ]
    return AreaRoutes(path=PATH, tags=["notifications"], route_handlers=handlers)


def _all(inbox: Inbox) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List one's notifications, newest first",
            permission=_OWN,
            answers={200: NotificationPage},
            problems=(400,),
        ),
    )
    async def list_notifications(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        unread: Unread = False,
        type: OfType = None,
        priority: OfPriority = None,
    ) -> Answer:
        found = await inbox.list(
            by=by_of(request),
            limit=limit + 1,
            after=after_of(cursor),
            unread=unread,
            type=type,
            priority=priority,
        )
        return paged(found, limit=limit, shown=notification_view, page=NotificationPage)

    @get(
        "/stats",
        **described(
            "Count one's notifications by type, priority and what was done with them",
            permission=_OWN,
            answers={200: StatisticsView},
        ),
    )
    async def stats(request: HttpRequest) -> Answer:
        return answer(statistics_view(await inbox.stats(by=by_of(request))))

    @put(
        "/mark-all-read",
        **described("Keep that one read them all", permission=_OWN, answers={200: ChangedView}),
    )
    async def mark_all_read(request: HttpRequest) -> Answer:
        return answer(ChangedView(await inbox.read_all(by=by_of(request))))

    @delete(
        "/clear-all",
        **described("Delete all that were read", permission=_OWN, answers={200: ChangedView}),
    )
    async def clear_all(request: HttpRequest) -> Answer:
        return answer(ChangedView(await inbox.clear(by=by_of(request))))

    return [list_notifications, stats, mark_all_read, clear_all]


def _one(inbox: Inbox, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/{notification_id:uuid}",
        **described(
            "Show a notification, with what became of it on each channel",
            permission=_OWN,
            answers={200: ShownView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, notification_id: PathId) -> Answer:
        return answer(shown_view(await inbox.get(notification_id, by=by_of(request))))

    @put(
        "/{notification_id:uuid}/read",
        **described(
            "Keep that one read a notification",
            permission=_OWN,
            answers={200: NotificationView},
            problems=(404,),
        ),
    )
    async def read(request: HttpRequest, notification_id: PathId) -> Answer:
        return answer(notification_view(await inbox.read(notification_id, by=by_of(request))))

    @delete(
        "/{notification_id:uuid}",
        **described("Delete a notification", permission=_OWN, answers={204: None}, problems=(404,)),
    )
    async def remove(request: HttpRequest, notification_id: PathId) -> None:
        await inbox.delete(notification_id, by=by_of(request))

    @post(
        "/{notification_id:uuid}/acknowledge",
        **described(
            "Take a notification in hand: nobody is told of it again",
            permission=_OWN,
            answers={200: NotificationView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def acknowledge(request: HttpRequest, notification_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            taken = await inbox.acknowledge(
                notification_id, asking=asking_of(request), by=by_of(request)
            )
            return 200, encode(notification_view(taken))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    return [show, read, remove, acknowledge]
