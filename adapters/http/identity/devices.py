"""Route one's devices, and what one is told of one's own way in."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.identity.device_schemas import (
    DeviceBody,
    DevicePage,
    DeviceView,
    NoticePage,
    NoticeView,
    device_view,
    notice_view,
)
from adapters.http.identity.schemas import EndedView
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.problem_kinds import NEEDS_PERSON
from adapters.http.problems import Problem
from adapters.http.visitor import asking_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, body_of, decode, encode
from application.identity.access_commands import NeedsPerson
from application.identity.facade import IdentityUseCases
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

_LABEL = msgspec.json.Decoder(DeviceBody)
Unread = Annotated[bool, QueryParameter(description="Only those that were not read yet.")]


def device_routes(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[AreaRoutes]:
    """Return the routes under /devices and /notices."""

    def area(path: str, handlers: list[HTTPRouteHandler]) -> AreaRoutes:
        return AreaRoutes(path=f"/api/v1/{path}", tags=["identity"], route_handlers=handlers)

    return [
        area("devices", [*_keeping(facade), *_trusting(facade, keys=keys)]),
        area("notices", _notices(facade, keys=keys)),
    ]


def _keeping(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List the devices one logged in on",
            permission=Permission.IDENTITY_SELF,
            answers={200: DevicePage},
            problems=(400,),
        ),
    )
    async def list_devices(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await facade.devices.list(
            asking_of(request), limit=limit + 1, after=after_of(cursor)
        )
        return paged(found, limit=limit, shown=device_view, page=DevicePage)

    @patch(
        "/{device_id:uuid}",
        **described(
            "Give one of one's devices another name",
            permission=Permission.IDENTITY_SELF,
            body=DeviceBody,
            answers={200: DeviceView},
            problems=(404,),
            example={"label": "Desk in the study"},
        ),
    )
    async def label_device(request: HttpRequest, device_id: PathId) -> Answer:
        asked = decode(await body_of(request), decoder=_LABEL)
        named = await facade.devices.label(
            asking_of(request), device_id=device_id, label=asked.label
        )
        return answer(device_view(named))

    @delete(
        "/{device_id:uuid}",
        **described(
            "Forget a device and how one logged in on it; its sessions end",
            permission=Permission.IDENTITY_SELF,
            answers={200: EndedView},
            problems=(400, 403, 404),
            step_up=True,
        ),
    )
    async def forget_device(request: HttpRequest, device_id: PathId) -> Answer:
        ended = await facade.devices.remove(asking_of(request), device_id=device_id)
        return answer(EndedView(sessions_ended=ended))

    return [list_devices, label_device, forget_device]


def _trusting(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/{device_id:uuid}/trust",
        **described(
            "Trust a device: its log-ins are not asked for a second factor for a while",
            permission=Permission.IDENTITY_SELF,
            answers={200: DeviceView},
            problems=(403, 404),
            idempotent=True,
            step_up=True,
        ),
    )
    async def trust_device(request: HttpRequest, device_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            match await facade.devices.trust(asking_of(request), device_id=device_id):
                case NeedsPerson():
                    raise Problem(kind=NEEDS_PERSON, detail=NEEDS_PERSON.meaning)
                case trusted:
                    return 200, encode(device_view(trusted))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    @delete(
        "/{device_id:uuid}/trust",
        **described(
            "Take the trust in a device back",
            permission=Permission.IDENTITY_SELF,
            answers={200: DeviceView},
            problems=(400, 404),
        ),
    )
    async def distrust_device(request: HttpRequest, device_id: PathId) -> Answer:
        plain = await facade.devices.distrust(asking_of(request), device_id=device_id)
        return answer(device_view(plain))

    return [trust_device, distrust_device]


def _notices(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List what one should know of one's own way in, newest first",
            permission=Permission.IDENTITY_SELF,
            answers={200: NoticePage},
            problems=(400,),
        ),
    )
    async def list_notices(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        unread: Unread = False,
    ) -> Answer:
        found = await facade.notices.list(
            asking_of(request), limit=limit + 1, after=after_of(cursor), unread=unread
        )
        return paged(found, limit=limit, shown=notice_view, page=NoticePage)

    @post(
        "/{notice_id:uuid}/read",
        **described(
            "Keep that one read a notice",
            permission=Permission.IDENTITY_SELF,
            answers={200: NoticeView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def read_notice(request: HttpRequest, notice_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            found = await facade.notices.read(asking_of(request), notice_id=notice_id)
            return 200, encode(notice_view(found))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    @post(
        "/{notice_id:uuid}/acknowledge",
        **described(
            "Keep that one has taken a notice in hand: what is told until then is told no more",
            permission=Permission.IDENTITY_SELF,
            answers={200: NoticeView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def acknowledge_notice(request: HttpRequest, notice_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            found = await facade.notices.acknowledge(asking_of(request), notice_id=notice_id)
            return 200, encode(notice_view(found))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    return [list_notices, read_notice, acknowledge_notice]
