"""Answer the venue's requests: the broker's calls, and the hand behind the curtain."""

from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec

from adapters.brokers.paper import wire
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.credentials import CredentialBook
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.http11 import HangUp, Request, Response
from domain.market.prices import MarketEvent
from domain.secrets.api_key import Credentials
from domain.shared.json_names import RepeatedName, refuse_repeated
from domain.shared.values import InvalidValue
from ports.broker import Acknowledged, BrokerUnavailable, BrokerUnsure, Refused
from ports.broker_credentials import CredentialsHold, CredentialsRefused

_ARRIVALS_MAX = 100_000
_Body = TypeVar("_Body")


class VenueRoutes:
    """Map paths to calls of one broker. A doubtful call ends in a broken connection."""

    def __init__(
        self,
        *,
        broker: PaperBroker,
        venue: PaperVenue,
        credentials: CredentialBook | None = None,
        takes_market: bool = False,
    ) -> None:
        self._takes_market = takes_market
        self._broker = broker
        self._credentials = credentials or CredentialBook()
        self._venue = venue
        self._arrivals: deque[wire.Arrival] = deque(maxlen=_ARRIVALS_MAX)
        self._arrived = 0
        self._routes: dict[tuple[str, str], Callable[[bytes], Awaitable[msgspec.Struct]]] = {
            ("GET", "/v1/traits"): self._traits,
            ("POST", "/v1/orders"): self._submit,
            ("POST", "/v1/orders/cancel"): self._cancel,
            ("POST", "/v1/orders/cancel-all"): self._cancel_all,
            ("POST", "/v1/orders/replace"): self._replace,
            ("POST", "/v1/orders/find"): self._find,
            ("POST", "/v1/orders/open"): self._open,
            ("POST", "/v1/positions"): self._positions,
            ("POST", "/v1/dead-man"): self._keep_alive,
            ("POST", "/v1/reports"): self._reports,
            ("POST", "/v1/credentials"): self._verify,
            ("POST", "/admin/market"): self._market,
            ("POST", "/admin/credentials"): self._issue,
            ("GET", "/admin/orders"): self._dump,
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one request; raises HangUp for an answer that is lost."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            known = {path for _, path in self._routes}
            wrong_method = request.path in known
            status = HTTPStatus.METHOD_NOT_ALLOWED if wrong_method else HTTPStatus.NOT_FOUND
            return Response(status, error_body(f"no {request.method[:16]} {request.path[:64]}"))
        try:
            return Response(HTTPStatus.OK, msgspec.json.encode(await route(request.body)))
        except InvalidValue as error:
            return Response(HTTPStatus.BAD_REQUEST, error_body(str(error)))
        except (msgspec.MsgspecError, UnicodeError, RecursionError, RepeatedName) as error:
            return Response(HTTPStatus.BAD_REQUEST, error_body(f"body: {error}"))
        except BrokerUnavailable as error:
            return Response(HTTPStatus.SERVICE_UNAVAILABLE, error_body(str(error)))
        except BrokerUnsure as error:
            raise HangUp(str(error)) from error

    async def _traits(self, _: bytes) -> wire.Traits:
        own = self._broker.traits
        return wire.Traits(
            name=own.name,
            dedup=own.dedup,
            settle_horizon_s=own.settle_horizon_s,
            native_reduce_only=own.native_reduce_only,
            open_orders_max=own.open_orders_max,
            protective_limits=own.protective_limits,
            dead_man=own.dead_man,
            cancel_all=own.cancel_all,
            takes_market=self._takes_market,
            problem=self._broker.problem(),
        )

    async def _submit(self, body: bytes) -> wire.Answer:
        asked = _parsed(body, wire.Submission)
        number = self._arrived = self._arrived + 1
        outcome = "no answer"
        try:
            answer = _answer(
                await self._broker.submit(
                    account_id=asked.account_id,
                    client_order_id=asked.client_order_id,
                    terms=asked.terms,
                    protective_limit=asked.protective_limit,
                    written=_already,
                )
            )
            outcome = answer.venue_order_id or f"refused: {answer.reason}"
        except (BrokerUnavailable, BrokerUnsure) as error:
            outcome = f"{type(error).__name__}: {error}"
            raise
        finally:
            arrival = wire.Arrival(
                number=number,
                account_id=asked.account_id,
                client_order_id=asked.client_order_id,
                outcome=outcome,
            )
            self._arrivals.append(arrival)
        return answer

    async def _cancel(self, body: bytes) -> wire.Answer:
        asked = _parsed(body, wire.OrderQuery)
        answer = await self._broker.cancel(
            account_id=asked.account_id, client_order_id=asked.client_order_id
        )
        return _answer(answer)

    async def _cancel_all(self, body: bytes) -> wire.Answer:
        asked = _parsed(body, wire.CancelAll)
        answer = await self._broker.cancel_all(account_ids=asked.account_ids, symbol=asked.symbol)
        return _answer(answer)

    async def _replace(self, body: bytes) -> wire.Answer:
        asked = _parsed(body, wire.Submission)
        answer = await self._broker.replace(
            account_id=asked.account_id,
            client_order_id=asked.client_order_id,
            terms=asked.terms,
            protective_limit=asked.protective_limit,
            written=_already,
        )
        return _answer(answer)

    async def _find(self, body: bytes) -> wire.Found:
        asked = _parsed(body, wire.OrderQuery)
        order = await self._broker.find(
            account_id=asked.account_id, client_order_id=asked.client_order_id
        )
        return wire.Found(order=order)

    async def _open(self, body: bytes) -> wire.Orders:
        asked = _parsed(body, wire.Owner)
        return wire.Orders(orders=list(await self._broker.open_orders(account_id=asked.account_id)))

    async def _positions(self, body: bytes) -> wire.Positions:
        asked = _parsed(body, wire.Owner)
        held = await self._broker.positions(account_id=asked.account_id)
        return wire.Positions(positions=list(held))

    async def _keep_alive(self, body: bytes) -> wire.Answer:
        asked = _parsed(body, wire.KeepAlive)
        return _answer(
            await self._broker.timers.keep_alive(
                account_id=asked.account_id,
                within_s=asked.within_s,
                keep_reducing=asked.keep_reducing,
            )
        )

    async def _reports(self, body: bytes) -> wire.Reports:
        asked = _parsed(body, wire.After)
        page = await self._broker.report_page(
            after=asked.after,
            limit=wire.REPORTS_PER_PAGE,
            wait_s=min(max(asked.wait_s, 0.0), wire.WAIT_S_MAX),
        )
        return wire.Reports(reports=list(page))

    async def _market(self, body: bytes) -> wire.Problem:
        told = _parsed(body, wire.Events)
        events: tuple[MarketEvent, ...] = (
            *told.began,
            *told.splits,
            *told.opened,
            *told.quotes,
            *told.trades,
            *told.closed,
        )
        for event in events:
            await self._broker.on_market(event)
        return wire.Problem(error="")

    async def _verify(self, body: bytes) -> wire.KeyAnswer:
        asked = _parsed(body, wire.KeyQuestion)
        credentials = Credentials(key=asked.key, secret=asked.secret, passphrase=asked.passphrase)
        match await self._credentials.verify(credentials):
            case CredentialsHold(environment=environment, permissions=permissions):
                return wire.KeyAnswer(
                    refused="", environment=environment, permissions=sorted(permissions)
                )
            case CredentialsRefused(reason=reason):
                return wire.KeyAnswer(refused=reason)

    async def _issue(self, body: bytes) -> wire.Problem:
        asked = _parsed(body, wire.Issue)
        credentials = Credentials(key=asked.key, secret=asked.secret, passphrase=asked.passphrase)
        if asked.permissions:
            self._credentials.issue(credentials, permissions=frozenset(asked.permissions))
        else:
            self._credentials.revoke(credentials.key)
        return wire.Problem(error="")

    async def _dump(self, _: bytes) -> wire.Dump:
        return wire.Dump(orders=list(self._venue.all_orders()), arrivals=list(self._arrivals))


def error_body(problem: str) -> bytes:
    """Return the JSON body that tells of a problem."""
    return msgspec.json.encode(wire.Problem(error=problem))


def _parsed(body: bytes, shape: type[_Body]) -> _Body:
    said = msgspec.json.decode(body, type=shape)
    refuse_repeated(body)
    return said


def _answer(answer: Acknowledged | Refused) -> wire.Answer:
    match answer:
        case Acknowledged(venue_order_id=venue_order_id):
            return wire.Answer(result="acknowledged", venue_order_id=venue_order_id)
        case Refused(reason=reason):
            return wire.Answer(result="refused", reason=reason)


def _already() -> None:
    """Take no note: the request has been on its way since its client sent it."""
