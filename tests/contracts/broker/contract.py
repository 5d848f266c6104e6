"""What every adapter of Broker promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from ports.broker import (
    Acknowledged,
    Broker,
    Dedup,
    Refused,
    Report,
    ReportKind,
    VenueState,
)
from tests.contracts.contract import Contract

BID, ASK = Decimal("99.99"), Decimal("100.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A broker whose market in IBM is open at BID and ASK, and the means to move it.

    quote tells the broker a new bid and ask of IBM.
    """

    broker: Broker
    quote: Callable[[Decimal, Decimal], Awaitable[None]]


def order(side: Side = Side.BUY, **more: Any) -> OrderTerms:
    """Return terms: a market order for 10 IBM unless told otherwise."""
    plain = OrderTerms(symbol="IBM", side=side, type=OrderType.MARKET, quantity=Decimal(10))
    return replace(plain, **more)


def resting(price: str = "90") -> OrderTerms:
    """Return terms of an order that rests below the market."""
    return order(type=OrderType.LIMIT, limit_price=Decimal(price), time_in_force=TimeInForce.GTC)


EVERY_SHAPE = [
    resting(),
    replace(resting(), post_only=True, display_quantity=Decimal(5)),
    order(type=OrderType.STOP, stop_price=Decimal("110.50")),
    order(type=OrderType.STOP_LIMIT, stop_price=Decimal(110), limit_price=Decimal(111)),
    order(type=OrderType.MARKET_IF_TOUCHED, stop_price=Decimal(90)),
    order(type=OrderType.LIMIT_IF_TOUCHED, stop_price=Decimal(90), limit_price=Decimal(89)),
    order(type=OrderType.TRAILING_STOP, trail=Decimal("2.5"), trail_kind=TrailKind.PERCENT),
    replace(
        resting(),
        time_in_force=TimeInForce.GTD,
        expires_at=datetime.now(UTC) + timedelta(days=30),
    ),
]


class BrokerContract(Contract):
    """Subclasses give a fixture `stage`."""

    @pytest.fixture
    @abstractmethod
    async def stage(self) -> Stage: ...

    @pytest.fixture
    def account(self) -> str:
        return str(uuid4())

    async def test_a_market_order_fills_and_can_be_read_back(
        self, stage: Stage, account: str
    ) -> None:
        answer = await _send(stage, account, "a", order())
        assert isinstance(answer, Acknowledged)
        found = await stage.broker.find(account_id=account, client_order_id="a")
        assert found is not None
        assert (found.account_id, found.client_order_id) == (account, "a")
        assert found.venue_order_id == answer.venue_order_id
        assert found.terms == order()
        assert found.state is VenueState.FILLED
        assert sum(fill.quantity for fill in found.fills) == 10
        assert all(fill.price == ASK for fill in found.fills)
        held = await stage.broker.positions(account_id=account)
        assert [(own.symbol, own.quantity) for own in held] == [("IBM", Decimal(10))]
        assert await stage.broker.open_orders(account_id=account) == []

    async def test_a_protective_limit_that_is_promised_is_kept(
        self, stage: Stage, account: str
    ) -> None:
        if not stage.broker.traits.protective_limits:
            pytest.skip("the broker promises no protective limits")
        for name, cap in (("beyond", ASK - 1), ("within", ASK)):
            await stage.broker.submit(
                account_id=account,
                client_order_id=name,
                terms=order(),
                protective_limit=cap,
                written=lambda: None,
            )
        beyond = await stage.broker.find(account_id=account, client_order_id="beyond")
        within = await stage.broker.find(account_id=account, client_order_id="within")
        assert beyond is not None
        assert within is not None
        assert (beyond.fills, within.state) == ((), VenueState.FILLED)

    async def test_it_says_when_the_request_has_left(self, stage: Stage, account: str) -> None:
        left: list[str] = []
        await stage.broker.submit(
            account_id=account,
            client_order_id="a",
            terms=resting(),
            written=lambda: left.append("submit"),
        )
        await stage.broker.replace(
            account_id=account,
            client_order_id="a",
            terms=resting("91"),
            written=lambda: left.append("replace"),
        )
        assert left == ["submit", "replace"]

    @pytest.mark.parametrize("terms", EVERY_SHAPE, ids=lambda terms: str(terms.type))
    async def test_terms_come_back_as_they_were_sent(
        self, stage: Stage, account: str, terms: OrderTerms
    ) -> None:
        assert isinstance(await _send(stage, account, "a", terms), Acknowledged)
        (found,) = await stage.broker.open_orders(account_id=account)
        assert found.terms == terms
        assert found.state is VenueState.WORKING

    async def test_a_resting_order_fills_when_the_market_comes(
        self, stage: Stage, account: str
    ) -> None:
        await _send(stage, account, "a", resting("98"))
        await stage.quote(Decimal("97.99"), Decimal("98.00"))
        found = await stage.broker.find(account_id=account, client_order_id="a")
        assert found is not None
        assert found.state is VenueState.FILLED

    async def test_a_cancel_ends_the_order_and_is_reported(
        self, stage: Stage, account: str
    ) -> None:
        await _send(stage, account, "a", resting())
        answer = await stage.broker.cancel(account_id=account, client_order_id="a")
        assert isinstance(answer, Acknowledged)
        kinds = [report.kind for report in await _reports(stage, account, count=2)]
        assert kinds == [ReportKind.WORKING, ReportKind.CANCELED]
        found = await stage.broker.find(account_id=account, client_order_id="a")
        assert found is not None
        assert found.state is VenueState.CANCELED

    async def test_a_cancel_of_all_ends_what_it_names_and_each_is_reported(
        self, stage: Stage, account: str
    ) -> None:
        if not stage.broker.traits.cancel_all:
            refused = await stage.broker.cancel_all(account_ids=[account])
            assert isinstance(refused, Refused)
            return
        other, untouched = str(uuid4()), str(uuid4())
        for owner, name in ((account, "a"), (account, "b"), (other, "c"), (untouched, "d")):
            await _send(stage, owner, name, resting())
        nothing = await stage.broker.cancel_all(account_ids=[account], symbol="NONE")
        assert isinstance(nothing, Acknowledged)
        assert len(await stage.broker.open_orders(account_id=account)) == 2
        answer = await stage.broker.cancel_all(account_ids=[account, other])
        assert isinstance(answer, Acknowledged)
        for owner in (account, other):
            assert await stage.broker.open_orders(account_id=owner) == []
        assert len(await stage.broker.open_orders(account_id=untouched)) == 1
        told = await _reports(stage, account, count=4)
        ended = {one.client_order_id for one in told if one.kind is ReportKind.CANCELED}
        assert ended == {"a", "b"}
        # Asked again where nothing is open, it is as good.
        again = await stage.broker.cancel_all(account_ids=[account, other])
        assert isinstance(again, Acknowledged)

    async def test_a_replace_changes_the_terms_and_reports_them(
        self, stage: Stage, account: str
    ) -> None:
        await _send(stage, account, "a", resting())
        new = replace(resting("91.50"), quantity=Decimal(7))
        answer = await stage.broker.replace(
            account_id=account, client_order_id="a", terms=new, written=lambda: None
        )
        assert isinstance(answer, Acknowledged)
        last = (await _reports(stage, account, count=2))[-1]
        assert (last.kind, last.terms) == (ReportKind.REPLACED, new)
        (found,) = await stage.broker.open_orders(account_id=account)
        assert found.terms == new

    async def test_what_cannot_be_done_is_refused_with_a_reason(
        self, stage: Stage, account: str
    ) -> None:
        cancel = await stage.broker.cancel(account_id=account, client_order_id="none")
        change = await stage.broker.replace(
            account_id=account, client_order_id="none", terms=resting(), written=lambda: None
        )
        off_tick = await _send(stage, account, "a", resting("90.001"))
        for answer in (cancel, change, off_tick):
            assert isinstance(answer, Refused)
            assert answer.reason
        assert await stage.broker.open_orders(account_id=account) == []

    async def test_an_order_that_never_came_is_not_found(self, stage: Stage, account: str) -> None:
        assert await stage.broker.find(account_id=account, client_order_id="none") is None

    async def test_accounts_do_not_see_each_other(self, stage: Stage, account: str) -> None:
        await _send(stage, account, "a", resting())
        await _send(stage, account, "b", order())
        other = str(uuid4())
        assert await stage.broker.find(account_id=other, client_order_id="a") is None
        assert await stage.broker.open_orders(account_id=other) == []
        assert await stage.broker.positions(account_id=other) == []

    async def test_reports_tell_of_the_fill_with_its_trade(
        self, stage: Stage, account: str
    ) -> None:
        await _send(stage, account, "a", order())
        working, filled = await _reports(stage, account, count=2)
        assert (working.kind, working.terms) == (ReportKind.WORKING, order())
        assert (working.symbol, working.side) == ("IBM", Side.BUY)
        assert filled.kind is ReportKind.FILL
        assert filled.sequence > working.sequence
        found = await stage.broker.find(account_id=account, client_order_id="a")
        assert found is not None
        assert (filled.fill,) == found.fills

    async def test_reports_go_on_after_a_sequence(self, stage: Stage, account: str) -> None:
        await _send(stage, account, "a", resting())
        (first,) = await _reports(stage, account, count=1)
        await _send(stage, account, "b", resting())
        (second,) = await _reports(stage, account, count=1, after=first.sequence)
        assert second.client_order_id == "b"

    async def test_reports_come_to_those_who_wait(self, stage: Stage, account: str) -> None:
        waiting = asyncio.create_task(_reports(stage, account, count=1))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await _send(stage, account, "a", resting())
        (report,) = await waiting
        assert report.client_order_id == "a"

    async def test_a_used_id_is_treated_as_declared(self, stage: Stage, account: str) -> None:
        dedup = stage.broker.traits.dedup
        await _send(stage, account, "a", resting())
        second = await _send(stage, account, "a", resting())
        assert isinstance(second, Acknowledged) is (dedup is Dedup.NONE)
        await stage.broker.cancel(account_id=account, client_order_id="a")
        third = await _send(stage, account, "a", resting())
        assert isinstance(third, Acknowledged) is (dedup is not Dedup.FULL)

    async def test_reduce_only_never_opens_a_position(self, stage: Stage, account: str) -> None:
        if not stage.broker.traits.native_reduce_only:
            pytest.skip("the broker does not know reduce-only")
        await _send(stage, account, "a", order(Side.SELL, reduce_only=True))
        assert await stage.broker.positions(account_id=account) == []


async def _send(stage: Stage, account: str, name: str, terms: OrderTerms) -> object:
    return await stage.broker.submit(
        account_id=account, client_order_id=name, terms=terms, written=lambda: None
    )


async def _reports(stage: Stage, account: str, *, count: int, after: int = 0) -> list[Report]:
    """Return the account's next reports; other accounts use the same stream."""
    found: list[Report] = []
    async with asyncio.timeout(5):
        async for report in stage.broker.reports(after=after):
            assert isinstance(report, Report)
            if report.account_id == account:
                found.append(report)
            if len(found) == count:
                break
    return found
