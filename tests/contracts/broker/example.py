"""A broker written from docs/adding-a-broker.md alone, for the fake venue's own wire."""

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from adapters.brokers.sending import NoAnswer, NotSent, Sending
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Dedup,
    Refused,
    Report,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)

_Shape = TypeVar("_Shape")
_Hook = Callable[[], None]
_Reply = tuple[int, bytes]
TRAITS = BrokerTraits(
    name="example",
    dedup=Dedup.FULL,
    settle_horizon_s=5.0,
    native_reduce_only=True,
    protective_limits=True,
    cancel_all=True,
)


@dataclass(slots=True, kw_only=True)
class ExampleBroker:
    """A Broker over connections that are kept, each request in one breath with its question."""

    url: str
    answer_s: float = 10.0
    tls: ssl.SSLContext | None = None
    traits: BrokerTraits = TRAITS
    _sending: Sending = field(init=False)

    def __post_init__(self) -> None:
        self._sending = Sending(
            url=self.url, connect_s=2, total_s=self.answer_s, keep_s=30, tls=self.tls
        )

    async def stop(self) -> None:
        self._sending.close()

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: _Hook,
        leaving: _Hook = free_to_leave,
        urgent: bool = False,  # nothing here limits sends
    ) -> Acknowledged | Refused:
        path = _order(account_id, client_order_id)
        body = {"terms": terms, "worst_price": protective_limit}
        return _taken(await self._ask("POST", path, body, leaving, written))

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: _Hook,
        leaving: _Hook = free_to_leave,
    ) -> Acknowledged | Refused:
        path = _order(account_id, client_order_id)
        body = {"terms": terms, "worst_price": protective_limit}
        return _taken(await self._ask("PUT", path, body, leaving, written))

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        return _taken(await self._ask("DELETE", _order(account_id, client_order_id)))

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        body = {"account_ids": list(account_ids), "symbol": symbol}
        return _taken(await self._ask("DELETE", "/orders", body))

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        status, body = await self._ask("GET", _order(account_id, client_order_id))
        return None if status == 404 else _read(body, VenueOrder)  # "none" by its word only

    async def open_orders(self, *, account_id: str) -> list[VenueOrder]:
        return _read((await self._ask("GET", _order(account_id)))[1], list[VenueOrder])

    async def positions(self, *, account_id: str) -> list[VenuePosition]:
        _, body = await self._ask("GET", f"/accounts/{account_id}/positions")
        return _read(body, list[VenuePosition])

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        while True:  # until a page cannot be had: then it raises, and is asked anew
            page = _read((await self._ask("GET", f"/reports/{after}"))[1], list[dict[str, Any]])
            for told in page:
                try:
                    yield msgspec.convert(told, Report)
                except msgspec.ValidationError as problem:
                    number, account, why = told["sequence"], told["account_id"], str(problem)
                    yield UnreadableReport(sequence=number, account_id=account, problem=why)
            after = max((told["sequence"] for told in page), default=after)

    async def _ask(self, method: str, path: str, body: object = None, *hooks: _Hook) -> _Reply:
        leaving, written = hooks or (free_to_leave, free_to_leave)
        said = b"" if body is None else msgspec.json.encode(body)
        try:
            reply = await self._sending.request(
                method, path, said, leaving=leaving, written=written
            )
        except NotSent as problem:
            raise BrokerUnavailable(str(problem)) from problem
        except NoAnswer as problem:
            raise BrokerUnsure(str(problem)) from problem
        return reply.status, reply.body


def _order(account_id: str, *client_order_id: str) -> str:
    return "/".join(["/accounts", account_id, "orders", *client_order_id])


def _taken(answer: _Reply) -> Acknowledged | Refused:
    status, said = answer[0], _read(answer[1], dict[str, str])
    if status == 200 and said.get("order"):
        return Acknowledged(said["order"])
    if status == 422:
        return Refused(said.get("reason", "no reason given"))
    raise BrokerUnsure(f"status {status}: what became of it is not known")


def _read(body: bytes, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as problem:
        raise BrokerUnsure(f"unreadable answer: {problem}") from problem
