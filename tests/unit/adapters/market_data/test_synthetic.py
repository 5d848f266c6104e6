"""Made-up prices follow from their seed, keep to the calendar, play whole and say what they are."""

from datetime import date

import pytest

from adapters.market_data.board import MarketBoard
from adapters.market_data.replay.history import PriceHistory, trading_days
from adapters.market_data.replay.market import HistoricalMarket
from adapters.market_data.replay.settings import ReplaySettings
from adapters.market_data.replay.source import ReplaySource
from adapters.market_data.synthetic.source import read_synthetic
from adapters.memory.market import MemoryReplayCursor
from adapters.system.time import SystemClock
from bootstrap.market.prices import build_history, check_prices, made_up
from bootstrap.settings.market import MarketSettings, market_faults
from bootstrap.settings.sections import Settings
from domain.market.prices import MarketEvent, Quote, SessionClosed, SessionOpened, TradedVolume
from tests.contracts.market.sample import YieldingSleeper

DAYS = ReplaySettings(seconds_per_day=0, start=date(2015, 6, 1), end=date(2015, 6, 12))
MADE_UP = Settings(
    market=MarketSettings(source="synthetic", synthetic_seed=7, synthetic_symbols=("SYNB", "SYNA"))
)


async def played(history: PriceHistory) -> list[MarketEvent]:
    """Play two weeks on a board and return what its listeners heard."""
    market = HistoricalMarket(lambda: history)
    await market.start()
    source = ReplaySource(
        read=market.history,
        calendars=market,
        cursor=MemoryReplayCursor(),
        sleeper=YieldingSleeper(),
        settings=DAYS,
    )
    await source.start()
    board, heard = MarketBoard(source=source, clock=SystemClock()), []

    async def hear(event: MarketEvent) -> None:
        heard.append(event)

    board.subscribe(hear)
    await board.run()
    return heard


async def test_the_same_seed_gives_the_same_ticks_and_another_others() -> None:
    first = await played(read_synthetic(seed=7, symbols=("SYNA", "SYNB")))
    assert await played(read_synthetic(seed=7, symbols=("SYNB", "SYNA"))) == first
    assert await played(read_synthetic(seed=8, symbols=("SYNA", "SYNB"))) != first


async def test_ticks_have_price_size_and_quotes_within_the_sessions() -> None:
    heard = await played(read_synthetic(seed=7, symbols=("SYNA",)))
    quotes = [one for one in heard if isinstance(one, Quote)]
    trades = [one for one in heard if isinstance(one, TradedVolume)]
    assert len(quotes) > 20
    assert len(trades) > 20
    assert all(0 < one.bid < one.ask for one in quotes)
    assert all(one.volume > 0 and one.path for one in trades)
    opened = [one.at for one in heard if isinstance(one, SessionOpened)]
    closed = [one.at for one in heard if isinstance(one, SessionClosed)]
    assert len(opened) == len(closed) == 10
    assert all(
        any(start <= one.at <= end for start, end in zip(opened, closed, strict=True))
        for one in trades
    )


async def test_a_symbol_s_prices_do_not_hang_on_the_others() -> None:
    alone = read_synthetic(seed=3, symbols=("SYNB",)).prices["SYNB"]
    beside = read_synthetic(seed=3, symbols=("SYNA", "SYNB", "SYNC"))
    assert beside.prices["SYNB"] == alone
    assert beside.prices["SYNA"] != alone
    for rows in beside.prices.values():
        assert all(one.low <= min(one.open, one.close) for one in rows)
        assert all(one.high >= max(one.open, one.close) for one in rows)


async def test_every_price_lies_on_a_session_of_the_calendar() -> None:
    history = read_synthetic(seed=1, symbols=("SYNA",))
    market = HistoricalMarket(lambda: history)
    await market.start()
    days = trading_days(history, calendars=market)
    # The sessions of XNYS in ten years; the fourth of July is none of them.
    assert len(days) == 2_516
    assert date(2019, 7, 4) not in {one.date for one in days}


async def test_it_is_said_wherever_the_market_is_shown() -> None:
    history = build_history(MADE_UP)
    await history.start()
    shown = history.find("SYNA")
    assert shown is not None
    assert (shown.name, shown.sector) == ("SYNA (synthetic, seed 7)", "Synthetic")
    told = "synthetic prices, made up from seed 7 for development"
    assert made_up(MADE_UP) == check_prices(MADE_UP).found == told
    assert made_up(Settings()) == ""


@pytest.mark.parametrize(
    ("symbols", "kinds", "key", "told"),
    [
        (("SYNA",), {"paper": "paper", "real": "alpaca"}, "source", "remove real"),
        ((), {}, "synthetic_symbols", "must be 1 to 50 symbols"),
        (("SYNA", "SYNA"), {}, "synthetic_symbols", "each once"),
        (("syna",), {}, "synthetic_symbols", "not 'syna'"),
    ],
)
def test_what_made_up_prices_cannot_be_is_refused(
    symbols: tuple[str, ...], kinds: dict[str, str], key: str, told: str
) -> None:
    market = MarketSettings(source="synthetic", synthetic_symbols=symbols)
    ((found, problem),) = market_faults(market, kinds=kinds)
    assert found == f"market.{key}"
    assert told in problem
    assert not list(market_faults(MADE_UP.market, kinds={"paper": "paper", "two": "paper"}))
