"""The fake venue's own wire: docs/adding-a-broker.md says what an adapter for it has to speak."""

from decimal import Decimal
from http import HTTPStatus
from urllib.parse import unquote

import msgspec

from adapters.brokers.paper.http11 import Request, Response
from domain.orders.terms import OrderTerms
from ports.broker import Acknowledged, Refused
from tests.fakes.venue.core import VenueCore

_PAGE = 500
_WAIT_S = 5.0


class Terms(msgspec.Struct, frozen=True):
    """An order, or its new terms."""

    terms: OrderTerms
    worst_price: Decimal | None = None


class Every(msgspec.Struct, frozen=True):
    """All orders of these accounts, or those in a symbol."""

    account_ids: list[str]
    symbol: str | None = None


class PlainFront:
    """Answer the requests of the fake venue's own wire."""

    def __init__(self, core: VenueCore) -> None:
        self._core = core

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        match [unquote(part) for part in request.path.split("/")[1:]]:
            case ["accounts", account, "orders", name]:
                return await self._order(request, account=account, name=name)
            case ["orders"]:
                every = msgspec.json.decode(request.body, type=Every)
                return _taken(
                    await self._core.broker.cancel_all(
                        account_ids=every.account_ids, symbol=every.symbol
                    )
                )
            case ["accounts", account, "orders"]:
                return _said(await self._core.broker.open_orders(account_id=account))
            case ["accounts", account, "positions"]:
                return _said(await self._core.broker.positions(account_id=account))
            case ["reports", after]:
                return _said(
                    await self._core.broker.report_page(
                        after=int(after), limit=_PAGE, wait_s=_WAIT_S
                    )
                )
            case _:
                return _said({"reason": "no such page"}, HTTPStatus.NOT_FOUND)

    async def _order(self, request: Request, *, account: str, name: str) -> Response:
        broker = self._core.broker
        if request.method == "GET":
            found = await broker.find(account_id=account, client_order_id=name)
            if found is None:
                return _said({"reason": "no such order"}, HTTPStatus.NOT_FOUND)
            return _said(found)
        if request.method == "DELETE":
            return _taken(await broker.cancel(account_id=account, client_order_id=name))
        asked = msgspec.json.decode(request.body, type=Terms)
        send = broker.submit if request.method == "POST" else broker.replace
        return _taken(
            await send(
                account_id=account,
                client_order_id=name,
                terms=asked.terms,
                protective_limit=asked.worst_price,
                written=_already,
            )
        )


def _taken(answer: Acknowledged | Refused) -> Response:
    if isinstance(answer, Refused):
        return _said({"reason": answer.reason}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _said({"order": answer.venue_order_id or "all"})


def _said(what: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(status, msgspec.json.encode(what))


def _already() -> None:
    """Take no note: the request left when its client sent it."""
