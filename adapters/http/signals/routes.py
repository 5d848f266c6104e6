"""Route what is asked of signals."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.open_paths import HOOKS
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.problem_kinds import HOOK_REFUSED
from adapters.http.problems import Problem, absent, unfit
from adapters.http.reading import decoder_of
from adapters.http.signals.schemas import (
    AlertBody,
    AlertView,
    SignalBody,
    SignalPage,
    SignalView,
    signal_view,
)
from adapters.http.wire import (
    Answer,
    HttpRequest,
    SymbolFilter,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
    trace_of,
)
from application.shared.asker import Asker
from application.shared.change import Once
from application.signals.publish import KnownSignal, PublishSignal
from application.signals.read import ReadSignals
from domain.identity.access import Permission
from domain.shared.amounts import AMOUNT_PATTERN, read_amount
from domain.shared.values import ONE, ZERO, InvalidValue, checked_time
from domain.signals.signal import NAME_PATTERN, PublishedSignal, SignalFilter, SignalSide
from ports.hooks import Hooks

PATH = "/api/v1/signals"
# The same list under its short name.
SHORT = "/api/signals"
SIGNAL = {"symbol": "AAPL", "score": "0.7", "source": "research", "meta": {"model": "breakout"}}
_ALERT = {"secret": "the hook's secret", "symbol": "AAPL", "side": "buy"}
_ALERT_BYTES_MAX = 8_192
_SIGNAL, _HOOK = decoder_of(SignalBody), decoder_of(AlertBody)
LeastScore = Annotated[
    str | None,
    QueryParameter(pattern=AMOUNT_PATTERN, description="At least so strong, 0 to 1, either way."),
]
Source = Annotated[str | None, QueryParameter(pattern=NAME_PATTERN)]
Side = Annotated[SignalSide | None, QueryParameter(description="Which way they point.")]
Since = Annotated[
    datetime | None, QueryParameter(description="Signals of this time or later, RFC 3339.")
]
Until = Annotated[
    datetime | None, QueryParameter(description="Signals before this time, RFC 3339.")
]


def signal_routes(
    read: ReadSignals, publish: PublishSignal, *, hooks: Hooks
) -> tuple[AreaRoutes, ...]:
    """Return the routes under /api/v1/signals, and the list under /api/signals."""
    own = [_list(read), *_one(read, publish), _hook(publish, hooks)]
    return (
        AreaRoutes(path=PATH, tags=["signals"], route_handlers=own),
        AreaRoutes(path=SHORT, tags=["signals", "short"], route_handlers=[_list(read)]),
    )


def _list(read: ReadSignals) -> HTTPRouteHandler:
    @get(
        "/",
        **described(
            "List signals, newest first",
            permission=Permission.SIGNALS_READ,
            answers={200: SignalPage},
            problems=(400,),
        ),
    )
    async def list_signals(
        request: HttpRequest,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
        symbol: SymbolFilter = None,
        min_score: LeastScore = None,
        side: Side = None,
        source: Source = None,
        since: Since = None,
        until: Until = None,
    ) -> Answer:
        wanted = SignalFilter(
            symbol=symbol,
            min_score=_least(min_score),
            side=side,
            source=source,
            since=_utc(since, name="since"),
            until=_utc(until, name="until"),
        )
        found = await read.page(
            wanted,
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        now = read.now()
        return paged(
            found, limit=limit, shown=lambda one: signal_view(one, now=now), page=SignalPage
        )

    return list_signals


def _one(read: ReadSignals, publish: PublishSignal) -> list[HTTPRouteHandler]:
    def kept(one: PublishedSignal) -> tuple[int, bytes]:
        return 201, encode(signal_view(one, now=read.now()))

    def made(one: PublishedSignal) -> Answer:
        headers = {"Location": f"{PATH}/{one.shown_id}"}
        return answer(signal_view(one, now=read.now()), status=201, headers=headers)

    @get(
        "/{signal_id:str}",
        **described(
            "Show a signal, by its sender's id or ours",
            permission=Permission.SIGNALS_READ,
            answers={200: SignalView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, signal_id: FromPath[str]) -> Answer:
        found = await read.get(signal_id, tenant_id=principal_of(request).tenant_id)
        return answer(signal_view(found, now=read.now()))

    @post(
        "/",
        **described(
            "Publish a signal",
            permission=Permission.SIGNALS_WRITE,
            body=SignalBody,
            answers={201: SignalView},
            problems=(409,),
            example=SIGNAL,
            idempotent=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request)
        fields = decode(body, decoder=_SIGNAL).fields()
        once: Once[PublishedSignal] | None = once_of(request, body, render=kept)
        return first_or_again(await publish.publish(fields, by=asker_of(request), once=once), made)

    return [show, add]


def _hook(publish: PublishSignal, hooks: Hooks) -> HTTPRouteHandler:
    @post(
        f"{HOOKS.removeprefix(PATH)}{{source:str}}",
        **described(
            "Take an alert in from a service that can send a body alone",
            permission=None,
            body=AlertBody,
            answers={201: AlertView, 200: AlertView},
            problems=(403, 404, 409),
            example=_ALERT,
            secured=False,
        ),
    )
    async def take(request: HttpRequest, source: FromPath[str]) -> Answer:
        body = await body_of(request, limit=_ALERT_BYTES_MAX, typed=False)
        alert = decode(body, decoder=_HOOK)
        if not re.fullmatch(NAME_PATTERN, source):
            raise absent(f"{source[:64]!r} is no name of a source")
        tenant_id: UUID | None = hooks.tenant_of(source=source, secret=alert.secret)
        if tenant_id is None:
            raise Problem(kind=HOOK_REFUSED, detail=HOOK_REFUSED.meaning)
        by = Asker(tenant_id=tenant_id, actor=f"hook:{source}", trace_id=trace_of(request))
        match await publish.take_alert(alert.fields(source=source), by=by, body=body):
            case KnownSignal(signal):
                return answer(AlertView(id=signal.shown_id, duplicate=True))
            case PublishedSignal() as signal:
                return answer(AlertView(id=signal.shown_id, duplicate=False), status=201)

    return take


def _utc(at: datetime | None, *, name: str) -> datetime | None:
    try:
        return None if at is None else checked_time(at, field=name)
    except InvalidValue as unfit_time:
        raise unfit(f"#{name}", unfit_time.problem) from None


def _least(text: str | None) -> Decimal:
    if text is None:
        return ZERO
    try:
        least = read_amount(text, field="min_score")
    except InvalidValue as unfit_amount:
        raise unfit("#min_score", unfit_amount.problem) from None
    if not ZERO <= least <= ONE:
        raise unfit("#min_score", "must be from 0 to 1")
    return least
