"""A source of quotes alone passes its suite and feeds the gate; one that lies fails."""

import inspect
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from domain.market.prices import Bar, Quote
from domain.orders.terms import OrderType
from domain.risk.opening_checks import BUYING_POWER
from ports.market import Listener, MarketDataCorrupt
from tests import builders
from tests.contracts.market import quotes
from tests.contracts.market.flaws import events_of
from tests.contracts.market.quotes import QuoteLines
from tests.contracts.market.sample import before_first, history
from tests.contracts.market.source import FLAWED, FLAWED_DAY, Flaw, Flawed, SourceContract
from tests.room import Room

GAP = "test_a_gap_is_refused_or_left_and_never_filled"
BACK = "test_what_goes_back_in_time_ends_it"
KINDS = "test_it_tells_the_kinds_that_it_declares_and_no_others"
LISTENERS = "test_each_event_reaches_all_listeners_before_the_next_in_their_order"
NO_PRICE = "test_what_is_no_price_ends_it_and_nothing_of_it_is_told"
TIMES = "test_times_have_a_zone_and_never_go_back"

WRONG = {Flaw.NOT_A_NUMBER: "NaN", Flaw.UNENDING: "Infinity", Flaw.ZERO: "0"}


def sample(flaw: Flaw | None = None) -> list[str]:
    """Return the sample market's quotes as lines, with a flaw if one is asked for."""
    told = [event for event in events_of(history()) if isinstance(event, Quote)]
    of_day = [one for one in told if (one.symbol, one.at.date()) == (FLAWED, FLAWED_DAY)]
    match flaw:
        case None:
            return [line(one) for one in told]
        case Flaw.GAP:
            return [line(one) for one in told if one not in of_day]
        case Flaw.BACKWARDS:
            return [line(one) for one in [*of_day, *(x for x in told if x not in of_day)]]
        case Flaw.NOT_A_NUMBER | Flaw.UNENDING | Flaw.ZERO:
            wrong = WRONG[flaw]
            return [line(one, last=wrong if one in of_day else None) for one in told]


def line(quote: Quote, *, last: str | None = None) -> str:
    """Write a quote down."""
    prices = f"{quote.bid},{quote.ask},{last or quote.last}"
    return f"{quote.symbol},{prices},{quote.at.isoformat()}\n"


async def as_they_come(lines: Iterable[str]) -> AsyncIterator[str]:
    for one in lines:
        yield one


def of_lines(lines: Sequence[str], *, made: type[QuoteLines] = QuoteLines) -> QuoteLines:
    return made(as_they_come(lines))


class TestQuoteLines(SourceContract):
    @pytest.fixture
    def source(self) -> QuoteLines:
        return of_lines(sample())

    @pytest.fixture
    def flawed(self) -> Flawed:
        return flawed_by(QuoteLines)

    @pytest.fixture
    def kinds(self) -> frozenset[type]:
        return frozenset({Quote})


def flawed_by(made: type[QuoteLines]) -> Flawed:
    async def flawed(flaw: Flaw) -> QuoteLines:
        return of_lines(sample(flaw), made=made)

    return flawed


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


async def asked(room: Room) -> Accepted | DeniedOrders:
    """Ask for AAPL worth three quarters of what the account may hold at a price of 100."""
    book = room.book
    quantity = book.cash["USD"] * book.account.leverage * 3 // 400
    terms = builders.terms(type=OrderType.MARKET, limit_price=None, quantity=quantity)
    command = SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
        orders=(OrderRequest(terms=terms),),
    )
    outcome = await room.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def test_the_gate_decides_by_its_quotes() -> None:
    room = Room()
    room.market.subscribe(room.gatekeeper.on_market)
    assert isinstance(await asked(room), Accepted)
    room = Room()
    room.market.subscribe(room.gatekeeper.on_market)
    unfit = "AAPL,1,1,NaN,2013-03-01T15:03:00+00:00"
    source = of_lines([at(100, minutes=1), at(200, minutes=2), unfit])
    source.subscribe(room.market.publish)
    with pytest.raises(MarketDataCorrupt):
        await source.run()
    outcome = await asked(room)
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == [BUYING_POWER]


@pytest.mark.parametrize(
    "unfit",
    [
        "AAPL,1,2,1,2013-03-01T15:03:00",
        "AAPL,2,1,1,2013-03-01T15:03:00+00:00",
        "AAPL,1,2,1",
        "AAPL,1,2,one,2013-03-01T15:03:00+00:00",
    ],
)
async def test_a_line_that_is_no_quote_ends_it(unfit: str) -> None:
    heard: list[object] = []

    async def listen(event: object) -> None:
        heard.append(event)

    source = of_lines([unfit, at(100, minutes=1)])
    source.subscribe(listen)
    with pytest.raises(MarketDataCorrupt):
        await source.run()
    assert heard == []


async def test_what_a_listener_broke_off_comes_again() -> None:
    heard: list[Quote] = []

    async def breaks_once(event: object) -> None:
        assert isinstance(event, Quote)
        heard.append(event)
        if len(heard) == 1:
            raise ConnectionError

    source = of_lines([at(100, minutes=1), at(101, minutes=2)])
    source.subscribe(breaks_once)
    with pytest.raises(ConnectionError):
        await source.run()
    await source.run()
    assert [one.last for one in heard] == [100, 100, 101]


def test_it_is_as_short_as_the_guide_says() -> None:
    assert len(inspect.getsource(quotes).splitlines()) < 60


class PassesOver(QuoteLines):
    """Leaves out what it cannot read, as if it had never been."""

    async def run(self) -> None:
        try:
            await super().run()
        except MarketDataCorrupt:
            await self.run()


class FillsGaps(QuoteLines):
    """Tells the last price again where there is none."""

    _last: Quote | None = None

    async def _deliver(self, quote: Quote) -> None:
        if quote.symbol == FLAWED:
            before, self._last = self._last, quote
            if before is not None and quote.at.date() > FLAWED_DAY > before.at.date():
                made_up = datetime.combine(FLAWED_DAY, before.at.timetz())
                await super()._deliver(replace(before, at=made_up))
        await super()._deliver(quote)


class GoesBack(QuoteLines):
    """Tells what it gets in whatever order it comes."""

    async def _deliver(self, quote: Quote) -> None:
        self._latest = before_first()
        await super()._deliver(quote)


class TellsLocalTime(QuoteLines):
    """Tells times as the clock on its wall shows them."""

    async def _deliver(self, quote: Quote) -> None:
        wall = timezone(timedelta(hours=1))
        await super()._deliver(replace(quote, at=quote.at.astimezone(wall)))


class TellsTheLastFirst(QuoteLines):
    """Turns the order of its listeners round."""

    def subscribe(self, listener: Listener) -> None:
        self._listeners.insert(0, listener)


class TellsMore(QuoteLines):
    """Makes bars of quotes, and says nothing of it."""

    async def _deliver(self, quote: Quote) -> None:
        await super()._deliver(quote)
        at, flat = quote.at, dict.fromkeys(("open", "high", "low", "close"), quote.last)
        bar = Bar(symbol=quote.symbol, opened_at=at, closed_at=at, volume=Decimal(1), **flat)
        for listener in self._listeners:
            await listener(bar)


@pytest.mark.parametrize(
    ("liar", "fails"),
    [
        (QuoteLines, set()),
        (PassesOver, {NO_PRICE, BACK}),
        (FillsGaps, {GAP}),
        (GoesBack, {BACK}),
        (TellsLocalTime, {TIMES}),
        (TellsTheLastFirst, {LISTENERS}),
        (TellsMore, {KINDS}),
    ],
)
async def test_a_liar_fails_where_it_lies(liar: type[QuoteLines], fails: set[str]) -> None:
    names = [name for name in dir(SourceContract) if name.startswith("test_")]
    assert {name for name in names if await _fails(name, liar)} == fails


async def _fails(name: str, made: type[QuoteLines]) -> bool:
    suite: Any = SourceContract
    test = getattr(suite(), name)
    given = {
        "source": of_lines(sample(), made=made),
        "flawed": flawed_by(made),
        "kinds": frozenset({Quote}),
    }
    try:
        await test(**{name: given[name] for name in inspect.signature(test).parameters})
    # A failed `pytest.raises` is no Exception.
    except (AssertionError, pytest.fail.Exception):
        return True
    return False
