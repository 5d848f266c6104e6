"""A run over small markets: when it trades, what it books, how it stops."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.memory.ledger import MemoryLedger
from adapters.report.tables import tables_of
from application.backtest.check import check_books
from application.backtest.run import Interrupt
from bootstrap.replay.context import build_context, run_replay
from bootstrap.replay.market import ReplayMarket, hash_of, only
from domain.backtest.figures import figures_of
from domain.backtest.options import BacktestOptions
from domain.backtest.result import BacktestResult, DayPoint
from domain.market.prices import Dividend, Split
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk import gate
from domain.risk.mandatory_check import MandatoryCheck, all_of, refusal
from domain.risk.mandatory_checks import MANDATORY_CHECKS
from domain.shared.values import InvalidValue
from domain.signals.ema import Cross, EmaCross
from domain.signals.sizing import FixedQuantity, FixedRisk
from tests.unit.bootstrap.replay.markets import daily, market, options, two_waves, wave, weekdays


async def played(
    given: ReplayMarket, *, interrupt: Interrupt | None = None, **changes: object
) -> BacktestResult:
    return await run_replay(options(**changes), market=given, interrupt=interrupt or Interrupt())


async def test_a_cross_at_a_close_trades_at_the_next_open() -> None:
    given = two_waves()
    result = await played(given)
    opens = {
        (symbol, row.date): row.open
        for symbol, rows in given.history.prices.items()
        for row in rows
    }
    expected = []
    for symbol, rows in given.history.prices.items():
        cross = EmaCross()
        for row, following in pairwise(rows):
            found = cross.update(float(row.close))
            if found is not None:
                expected.append((following.date, symbol, found))
    done = [
        (fill.market_at.date(), fill.symbol, Cross.UP if fill.side is Side.BUY else Cross.DOWN)
        for fill in result.fills
    ]
    assert sorted(done) == sorted(expected)
    assert len(done) > 6
    for fill in result.fills:
        assert fill.market_at.time() == time(14, 30)
        # The quote stands a tick around the opening price.
        tick = Decimal("0.01") if fill.side is Side.BUY else -Decimal("0.01")
        assert fill.price == opens[fill.symbol, fill.market_at.date()] + tick


async def test_what_is_booked_is_what_was_traded() -> None:
    result = await played(two_waves(), commission=Decimal("0.01"))
    cash = result.options.cash
    for fill in result.fills:
        cash -= fill.signed_quantity * fill.price + fill.commission
    assert result.book.settled_cash == cash
    held = sum(
        (own.quantity * result.prices[own.symbol] for own in result.book.positions.values()),
        Decimal(0),
    )
    assert result.days[-1].equity == cash + held
    assert result.days[-1].cash == cash
    assert figures_of(result).fees == Decimal(len(result.fills))


async def test_every_day_adds_cash_and_positions_up() -> None:
    result = await played(two_waves())
    equity = next(table for table in tables_of(result) if table.name == "equity")
    names = [name for name, _ in equity.columns]
    assert len(equity.rows) == 120
    for row in equity.rows:
        cells = dict(zip(names, row, strict=True))
        cash, value, total = cells["cash"], cells["market_value"], cells["equity"]
        assert isinstance(cash, Decimal)
        assert isinstance(value, Decimal)
        assert cash + value == total


async def test_the_same_run_twice_is_the_same() -> None:
    first, second = await played(two_waves(), seed=7), await played(two_waves(), seed=7)
    assert tables_of(first) == tables_of(second)
    other = await played(two_waves(), seed=8)
    assert [order.id for order in other.orders] != [order.id for order in first.orders]
    assert [fill.price for fill in other.fills] == [fill.price for fill in first.fills]


async def test_a_split_is_no_signal_and_doubles_what_is_held() -> None:
    days = weekdays(60)
    rising = [Decimal(100) + index for index in range(60)]
    halved = [price / 2 if index >= 40 else price for index, price in enumerate(rising)]
    rows = daily(halved)
    after = rows[40]
    # The split day opens at half of the close before it.
    rows = (*rows[:40], replace(after, open=rising[39] / 2, high=after.close + 1), *rows[41:])
    split = Split(symbol="AAA", ex_date=days[40], numerator=Decimal(2), denominator=Decimal(1))
    result = await played(market({"AAA": rows}, splits=(split,)))
    assert [fill.side for fill in result.fills] == [Side.BUY]
    assert result.book.position("AAA").quantity == Decimal(200)
    whole = await played(market({"AAA": daily(rising)}))
    assert result.days[-1].equity == whole.days[-1].equity
    raw = await played(market({"AAA": rows}, splits=(split,)), raw_signals=True)
    assert Side.SELL in [fill.side for fill in raw.fills]


async def test_a_dividend_is_paid_on_what_is_held_as_its_day_opens() -> None:
    days, rows = weekdays(120), daily(wave(120, mean=100, swing=20, length=40))
    whole = await played(market({"AAA": rows}))
    bought, sold = (fill.market_at.date() for fill in whole.fills[2:4])
    after = days[days.index(bought) + 1]
    # On the day of the purchase nothing was held as it opened; on that of the sale, all.
    given = market(
        {"AAA": rows},
        dividends=tuple(
            Dividend(symbol="AAA", ex_date=day, amount=Decimal(amount))
            for day, amount in ((bought, "4"), (after, "0.125"), (sold, "2"))
        ),
    )
    result = await played(given)
    gained = [
        (day.date, day.cash - bare.cash, day.equity - bare.equity, day.gross_exposure)
        for day, bare in zip(result.days, whole.days, strict=True)
    ]
    expected = []
    for bare in whole.days:
        paid = Decimal("12.50") * (bare.date >= after) + 200 * (bare.date >= sold)
        expected.append((bare.date, paid, paid, bare.gross_exposure))
    assert gained == expected
    assert result.dividends == {"AAA": Decimal("212.50")}
    figures, bare_figures = figures_of(result), figures_of(whole)
    assert figures.dividends == figures.symbols[0].dividends == Decimal("212.50")
    assert figures.total_return > bare_figures.total_return
    assert bare_figures.dividends == 0
    assert result.trips.closed == whole.trips.closed


async def test_the_gate_refuses_and_the_run_goes_on() -> None:
    result = await played(two_waves(), cash=Decimal(7_000), without_rules=True)
    assert result.denials
    assert result.fills
    refused = {order.id for order in result.orders if order.state is OrderState.DENIED}
    assert refused == {denial.order.id for denial in result.denials}
    assert not refused & {fill.order_id for fill in result.fills}
    figures = figures_of(result)
    assert sum(figures.denials.values()) >= len(refused)
    assert min(day.cash for day in result.days) >= 0


async def test_a_rule_with_halt_stops_the_account_for_good(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rules]]\nrule_type = "RESTRICTED_SYMBOL"\nthreshold = 0\naction = "HALT"\n'
        'parameters = {symbols = ["BBB"]}\n'
    )
    result = await played(two_waves(), rules=rules)
    stopped_at = min(latch.engaged_at for latch in result.latches)
    assert all(fill.market_at <= stopped_at for fill in result.fills)
    counts = figures_of(result).denials
    assert counts["RESTRICTED_SYMBOL"] >= 1
    assert counts["KILL_SWITCH"] >= 1


async def test_an_interrupt_ends_the_run_after_a_whole_session() -> None:
    interrupt = Interrupt()
    seen: list[DayPoint] = []

    def on_day(point: DayPoint) -> None:
        seen.append(point)
        if len(seen) == 50:
            interrupt.request()

    part = await run_replay(options(), market=two_waves(), interrupt=interrupt, on_day=on_day)
    whole = await played(two_waves())
    assert part.interrupted
    assert not whole.interrupted
    assert part.days == whole.days[:50]
    assert (part.days_total, whole.days_total) == (120, 120)
    assert [fill.price for fill in part.fills] == [
        fill.price for fill in whole.fills if fill.market_at <= part.days[-1].at
    ]


async def test_days_before_the_start_are_known_but_not_traded() -> None:
    days = weekdays(120)
    whole = await played(two_waves())
    later = await played(two_waves(), start=days[60], end=days[100])
    assert [day.date for day in later.days] == days[60:101]
    first, last = later.days[0].at - timedelta(hours=12), later.days[-1].at
    expected = [(f.market_at, f.symbol, f.side) for f in whole.fills if first < f.market_at <= last]
    done = [(f.market_at, f.symbol, f.side) for f in later.fills]
    # What was held before the start is not held now, so its first sale is missing.
    assert done
    assert [each for each in expected if each in done] == done
    assert {each[2] for each in expected if each not in done} <= {Side.SELL}


async def test_sizing_by_risk_buys_what_the_cash_allows() -> None:
    result = await played(two_waves(), sizing=FixedRisk(Decimal(1)), without_rules=True)
    quantities = {order.terms.quantity for order in result.orders}
    assert len(quantities) > 2
    assert min(day.cash for day in result.days) >= 0
    fixed = await played(two_waves(), sizing=FixedQuantity(Decimal(30)))
    assert {order.terms.quantity for order in fixed.orders} == {Decimal(30)}


async def test_the_books_are_held_against_the_ledger_and_the_venue() -> None:
    given = market({"AAA": daily(wave(60, mean=100, swing=20, length=40))})
    context = await build_context(options(), market=given)
    await context.open_book()
    await check_books(context)
    assert isinstance(context.ledger, MemoryLedger)
    context.ledger.link.database.ledger.clear()
    with pytest.raises(Exception, match="the ledger says"):
        await check_books(context)


def test_only_the_symbols_asked_for_are_read() -> None:
    history = two_waves().history
    assert set(only(history, symbols=("BBB",)).prices) == {"BBB"}
    assert only(history, symbols=()) is history
    with pytest.raises(InvalidValue, match="AAA, BBB, not of CCC"):
        only(history, symbols=("AAA", "CCC"))
    assert hash_of(history) != hash_of(only(history, symbols=("AAA",)))
    assert hash_of(history) == hash_of(two_waves().history)
    paid = tuple(
        Dividend(symbol=symbol, ex_date=weekdays(9)[8], amount=Decimal(1))
        for symbol in ("AAA", "BBB")
    )
    paying = replace(history, dividends=paid)
    assert only(paying, symbols=("BBB",)).dividends == paid[1:]
    assert hash_of(paying) != hash_of(history)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cash": Decimal(0)}, "cash"),
        ({"cash": Decimal("NaN")}, "cash"),
        ({"commission": Decimal(-1)}, "commission"),
        ({"seed": -1}, "seed"),
        ({"symbols": ("aapl",)}, "symbols"),
        ({"symbols": ("IBM", "IBM")}, "symbols"),
        ({"start": weekdays(2)[1], "end": weekdays(2)[0]}, "start"),
        ({"rules": Path("rules.toml"), "without_rules": True}, "rules"),
    ],
)
def test_options_that_make_no_sense_are_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidValue, match=field):
        options(**changes)
    assert isinstance(options(), BacktestOptions)


async def test_a_mandatory_check_denies_in_a_replay_too(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = MandatoryCheck(codes=("PLANTED",), reason=lambda _: refusal("PLANTED", "not today"))
    monkeypatch.setattr(gate, "mandatory_reasons", all_of((*MANDATORY_CHECKS, planted)))
    result = await played(two_waves())
    assert not result.fills
    told = [[reason.code for reason in denial.reasons] for denial in result.denials]
    assert told == [["PLANTED"]] * len(told)
    assert told
