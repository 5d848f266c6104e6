"""Route what is asked of texts about symbols: taken in, listed, and weighed into one figure."""

from datetime import datetime
from typing import Annotated

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from adapters.http.documented import described
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, cursor_of
from adapters.http.problems import unfit
from adapters.http.reading import decoder_of
from adapters.http.sentiment.item_schemas import (
    ITEMS_BODY,
    SHOWN_MAX,
    ItemPage,
    ItemsBody,
    SentimentView,
    TakenList,
    item_view,
    sentiment_view,
    taken_list,
)
from adapters.http.sentiment.taken import taken_once
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    principal_of,
)
from application.sentiment.read_sentiment import ReadSentiment
from application.sentiment.take_items import TakeItems
from domain.identity.access import Permission
from domain.shared.values import InvalidValue, checked_time

At = Annotated[datetime | None, QueryParameter(description="The figure as it was then, RFC 3339.")]
_ITEMS = decoder_of(ItemsBody)


def item_handlers(take: TakeItems, read: ReadSentiment) -> list[HTTPRouteHandler]:
    """Return the handlers under /api/v1/sentiment that keep and tell texts."""

    @post(
        "/items",
        **described(
            "Take texts in: their symbols are found, and each is scored",
            permission=Permission.SENTIMENT_WRITE,
            body=ItemsBody,
            answers={201: TakenList},
            problems=(409,),
            example=ITEMS_BODY,
            idempotent=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request)
        texts = [one.fields() for one in decode(body, decoder=_ITEMS).items]
        return await taken_once(
            request,
            body,
            take=lambda once: take.take(texts, by=asker_of(request), once=once),
            view=taken_list,
        )

    @get(
        "/{symbol:str}",
        **described(
            f"Tell the tone of what was written of a symbol, and its latest {SHOWN_MAX} texts",
            permission=Permission.SENTIMENT_READ,
            answers={200: SentimentView},
            problems=(400, 404),
        ),
    )
    async def show(request: HttpRequest, symbol: FromPath[str], at: At = None) -> Answer:
        moment, found = await read.sentiment(
            symbol, tenant_id=principal_of(request).tenant_id, at=_utc(at)
        )
        return answer(sentiment_view(found, symbol=symbol, at=moment))

    @get(
        "/{symbol:str}/items",
        **described(
            "List the texts about a symbol, newest first, each with its authenticity",
            permission=Permission.SENTIMENT_READ,
            answers={200: ItemPage},
            problems=(400, 404),
        ),
    )
    async def list_items(
        request: HttpRequest,
        symbol: FromPath[str],
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await read.items(
            symbol,
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        shown = found[:limit]
        more = shown[-1].item.id if len(found) > limit else None
        return answer(ItemPage([item_view(one) for one in shown], cursor_of(more)))

    return [add, show, list_items]


def _utc(at: datetime | None) -> datetime | None:
    try:
        return None if at is None else checked_time(at, field="at")
    except InvalidValue as wrong:
        raise unfit("#at", wrong.problem) from None
