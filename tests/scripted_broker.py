"""A broker that answers as it is told: for tests of what we do with each answer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto
from typing import Any
from uuid import UUID

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Dedup,
    Refused,
    Report,
    ReportKind,
    UnreadableReport,
    VenueFill,
    VenueOrder,
    VenuePosition,
    VenueState,
    free_to_leave,
)
from tests import builders

HORIZON_S = 30.0
_OPEN = (VenueState.WORKING, VenueState.TRIGGERED, VenueState.PARTIALLY_FILLED)


class Answer(Enum):
    """What becomes of one request."""

    TAKE = auto()
    REFUSE = auto()
    LOSE_REQUEST = auto()  # no effect, no answer
    LOSE_REPLY = auto()  # it takes effect, without an answer
    UNAVAILABLE = auto()  # certainly not sent


async def nothing() -> None:
    """Do nothing."""


class ScriptedBroker:
    """Answers requests from a script (TAKE when it is empty) and shows what it holds."""

    def __init__(self, *, name: str = "paper", dedup: Dedup = Dedup.NONE) -> None:
        self.traits = BrokerTraits(
            name=name,
            dedup=dedup,
            settle_horizon_s=HORIZON_S,
            native_reduce_only=True,
            protective_limits=True,
        )
        # The protective limit of each submit.
        self.caps: dict[str, Decimal | None] = {}
        self.script: deque[Answer] = deque()
        # What was asked, in order: "submit c-1", "cancel c-1", "find c-1".
        self.asked: list[str] = []
        self.urgent: list[str] = []
        self.held: dict[str, VenueOrder] = {}
        self.holding: dict[str, Decimal] = {}
        self.told: list[Report | UnreadableReport] = []
        self.reads_fail: Exception | None = None
        # Run while a request is on its way: before and after it has left for good.
        self.before_written: Callable[[], Awaitable[None]] = nothing
        self.after_written: Callable[[], Awaitable[None]] = nothing
        self._news = asyncio.Event()

    def count(self, what: str) -> int:
        """Return how often a kind of request was made."""
        return sum(asked.split()[0] == what for asked in self.asked)

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Take one order in, as the script says."""
        self.caps[client_order_id] = protective_limit
        if urgent:
            self.urgent.append(client_order_id)
        answer = await self._begin("submit", client_order_id, written, leaving)
        if answer in (Answer.TAKE, Answer.LOSE_REPLY):
            self.held[client_order_id] = VenueOrder(
                account_id=account_id,
                client_order_id=client_order_id,
                venue_order_id=f"v-{client_order_id}",
                terms=terms,
                state=VenueState.WORKING,
            )
        await self.after_written()
        return _said(answer, client_order_id)

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Take a cancel in, as the script says."""
        answer = await self._begin("cancel", client_order_id, _unheard)
        ours = self._has(client_order_id, account_id=account_id)
        if answer in (Answer.TAKE, Answer.LOSE_REPLY) and ours:
            self.change(client_order_id, state=VenueState.CANCELED)
        return _said(answer, client_order_id)

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Take a cancel of all in, as the script says."""
        if not self.traits.cancel_all:
            return Refused("not offered")
        answer = await self._begin("cancel_all", symbol or "*", _unheard)
        for one in list(self.held.values()):
            meant = one.account_id in account_ids and symbol in (None, one.terms.symbol)
            if answer in (Answer.TAKE, Answer.LOSE_REPLY) and meant and one.state in _OPEN:
                self.change(one.client_order_id, state=VenueState.CANCELED)
        return _said(answer, "all")

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Take new terms in, as the script says."""
        answer = await self._begin("replace", client_order_id, written, leaving)
        if not self._has(client_order_id, account_id=account_id):
            # As a venue answers for an order that it never got, whatever was said of it.
            return Refused("no such order")
        if answer in (Answer.TAKE, Answer.LOSE_REPLY):
            self.held[client_order_id] = replace(self.held[client_order_id], terms=terms)
        await self.after_written()
        return _said(answer, client_order_id)

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Show one order."""
        self._read(f"find {client_order_id}")
        ours = self._has(client_order_id, account_id=account_id)
        return self.held[client_order_id] if ours else None

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Show the orders that can still fill."""
        self._read("open_orders")
        return [
            one for one in self.held.values() if one.state in _OPEN and one.account_id == account_id
        ]

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Show what is held."""
        self._read("positions")
        # Whose they are no test says; a venue would not know an account that is no number.
        UUID(account_id)
        return [
            VenuePosition(symbol=symbol, quantity=quantity)
            for symbol, quantity in self.holding.items()
        ]

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield what was told, then wait for more."""
        for at in self._positions_after(after):
            yield self.told[at]
        at = len(self.told)
        while True:
            await self._news.wait()
            self._news.clear()
            while at < len(self.told):
                yield self.told[at]
                at += 1

    def tell(self, report: Report | UnreadableReport) -> None:
        """Put a report on the stream."""
        self.told.append(report)
        self._news.set()

    def change(self, client_order_id: str, **given: Any) -> None:
        """Change an order that is held."""
        self.held[client_order_id] = replace(self.held[client_order_id], **given)

    async def _begin(
        self,
        what: str,
        client_order_id: str,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Answer:
        self.asked.append(f"{what} {client_order_id}")
        answer = self.script.popleft() if self.script else Answer.TAKE
        if answer is Answer.UNAVAILABLE:
            raise BrokerUnavailable("connection refused")
        await self.before_written()
        leaving()
        written()
        return answer

    def _has(self, client_order_id: str, *, account_id: str) -> bool:
        held = self.held.get(client_order_id)
        return held is not None and held.account_id == account_id

    def _read(self, what: str) -> None:
        self.asked.append(what)
        if self.reads_fail is not None:
            raise self.reads_fail

    def _positions_after(self, after: int) -> list[int]:
        return [index for index, one in enumerate(self.told) if one.sequence > after]


def report_of(
    order: Order,
    kind: ReportKind,
    *,
    sequence: int = 1,
    fill: VenueFill | None = None,
    terms: OrderTerms | None = None,
    reason: str = "",
) -> Report:
    """Make a report on an order of ours."""
    return Report(
        sequence=sequence,
        account_id=str(order.account_id),
        client_order_id=order.client_order_id,
        venue_order_id=f"v-{order.client_order_id}",
        kind=kind,
        at=builders.AT,
        symbol=order.symbol,
        side=order.side,
        fill=fill,
        terms=terms,
        reason=reason,
    )


def venue_fill(
    quantity: int | str, *, price: int | str = 100, trade_id: str = "t-1", commission: str = "0"
) -> VenueFill:
    """Make an execution as a venue tells it."""
    return VenueFill(
        trade_id=trade_id,
        quantity=Decimal(quantity),
        price=Decimal(price),
        commission=Decimal(commission),
        at=builders.AT,
    )


def _said(answer: Answer, client_order_id: str) -> Acknowledged | Refused:
    match answer:
        case Answer.REFUSE:
            return Refused("the venue does not like it")
        case Answer.LOSE_REQUEST | Answer.LOSE_REPLY:
            raise BrokerUnsure("no answer within 10 s")
        case _:
            return Acknowledged(f"v-{client_order_id}")


def _unheard() -> None:
    return
