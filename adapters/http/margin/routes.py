"""Route what is asked of margin."""

from litestar import get, post

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.margin.schemas import (
    AssessmentView,
    RulebookList,
    WhatIfBody,
    assessment_view,
    rulebook_view,
)
from adapters.http.reading import decoder_of
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode
from application.margin.try_book import TryBook
from domain.identity.access import Permission
from domain.margin.rulebook import RULEBOOKS

PATH = "/api/v1/margin"
WHAT_IF = {
    "rulebook": "reg_t",
    "as_of": "2026-07-01",
    "cash": "-40000",
    "positions": [
        {"symbol": "AAPL", "asset_class": "equity", "quantity": "500", "price": "100"},
        {"symbol": "MSFT", "asset_class": "equity", "quantity": "300", "price": "150"},
    ],
}
_BODY = decoder_of(WhatIfBody)


def margin_routes(try_book: TryBook) -> AreaRoutes:
    """Return the routes under /api/v1/margin."""

    @post(
        "/what-if",
        **described(
            "Work out the margin of a book that nobody holds; nothing is kept",
            permission=Permission.MARGIN_VIEW,
            body=WhatIfBody,
            answers={200: AssessmentView},
            example=WHAT_IF,
        ),
    )
    async def what_if(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_BODY)
        found = await try_book.assess(asked.book(), rulebook=asked.rulebook, as_of=asked.as_of)
        return answer(assessment_view(found))

    @get(
        "/rulebooks",
        **described(
            "List the rulebooks in their versions: since when each holds, and where it is written",
            permission=Permission.MARGIN_VIEW,
            answers={200: RulebookList},
        ),
    )
    async def rulebooks(request: HttpRequest) -> Answer:  # noqa: ARG001 - as every handler
        listed = sorted(RULEBOOKS, key=lambda one: (one.name, one.since))
        return answer(RulebookList([rulebook_view(one) for one in listed]))

    return AreaRoutes(path=PATH, tags=["margin"], route_handlers=[what_if, rulebooks])
