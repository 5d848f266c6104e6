"""A source of quotes alone passes its suite and feeds the gate."""

import inspect
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from domain.market.prices import MarketEvent, Quote
from domain.orders.terms import OrderType
from domain.risk.opening_checks import BUYING_POWER
from ports.market import MarketDataCorrupt
from tests import builders
from tests.contracts.market import quotes
from tests.contracts.market.board import BoardContract, Market
from tests.contracts.market.lines import board_over, line, making, of_lines, sample
from tests.contracts.market.playing import taken
from tests.contracts.market.quotes import QuoteLines
from tests.contracts.market.sample import before_first
from tests.contracts.market.source import Make, SourceContract
from tests.rig import Rig


class TestQuoteLines(SourceContract):
    @pytest.fixture
    def make(self) -> Make:
        return making(QuoteLines)


class TestBoardOverQuoteLines(BoardContract):
    @pytest.fixture
    async def market(self) -> Market:
        return board_over(of_lines(sample(), begins=before_first()))

    @pytest.fixture
    def tells(self) -> frozenset[type[MarketEvent]]:
        return frozenset({Quote})


def at(price: int, *, minutes: int) -> str:
    """Quote AAPL so long after the room's market time."""
    tick = Decimal("0.01")
    return line(
        Quote(
            symbol="AAPL",
            bid=price - tick,
            ask=price + tick,
            last=Decimal(price),
            at=builders.MARKET_AT + timedelta(minutes=minutes),
        )
    )


async def asked(rig: Rig) -> Accepted | DeniedOrders:
    """Ask for AAPL worth three quarters of what the account may hold at a price of 100."""
    book = rig.book
    quantity = book.cash["USD"] * book.account.leverage * 3 // 400
    terms = builders.terms(type=OrderType.MARKET, limit_price=None, quantity=quantity)
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=terms),),
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def decided(*lines: str) -> Accepted | DeniedOrders:
    """Ask when a board has been told the lines."""
    board = board_over(of_lines(lines))
    rig = Rig(board=board)
    board.subscribe(rig.gatekeeper.view.on_market)
    with suppress(MarketDataCorrupt):
        await board.run()
    return await asked(rig)


async def test_the_gate_decides_by_its_quotes() -> None:
    assert isinstance(await decided(at(100, minutes=1)), Accepted)
    unfit = "AAPL,1,1,NaN,2013-03-01T15:03:00+00:00"
    dear = await decided(at(100, minutes=1), at(200, minutes=2), unfit, at(100, minutes=4))
    assert isinstance(dear, DeniedOrders)
    assert [reason.code for reason in dear.reasons] == [BUYING_POWER]
    assert isinstance(await decided(unfit, at(100, minutes=4)), DeniedOrders)


@pytest.mark.parametrize(
    "unfit",
    [
        "AAPL,1,2,1,2013-03-01T15:03:00",
        "AAPL,2,1,1,2013-03-01T15:03:00+00:00",
        "AAPL,1,2,1",
        "",
        "AAPL,1,2,one,2013-03-01T15:03:00+00:00",
    ],
)
async def test_a_line_that_is_no_quote_ends_it(unfit: str) -> None:
    source = of_lines([unfit, at(100, minutes=1)])
    for _ in range(2):
        with pytest.raises(MarketDataCorrupt):
            await taken(source)
    assert source.known().at == builders.MARKET_AT


async def test_what_a_listener_broke_off_comes_again() -> None:
    heard: list[Quote] = []

    async def breaks_once(event: object) -> None:
        assert isinstance(event, Quote)
        heard.append(event)
        if len(heard) == 1:
            raise ConnectionError

    board = board_over(of_lines([at(100, minutes=1), at(101, minutes=2)]))
    board.subscribe(breaks_once)
    with pytest.raises(ConnectionError):
        await board.run()
    await board.run()
    assert [one.last for one in heard] == [100, 100, 101]


def test_it_is_as_short_as_the_guide_says() -> None:
    assert len(inspect.getsource(quotes).splitlines()) < 60
