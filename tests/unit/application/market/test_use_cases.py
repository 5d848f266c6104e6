"""The market's facade answers what is known, says what is not, and steers the replay."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.memory.audit import MemoryAuditTrail
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.market import (
    MemoryCalendars,
    MemoryInstruments,
    MemoryMarket,
    MemoryReplayCursor,
    MemoryReplayLaps,
    weekday_calendar,
)
from adapters.memory.time import ManualClock
from application.audit.record import Recorder
from application.market.conditions import Conditions
from application.market.read_market import NoQuote, UnknownInstrument
from application.market.steer_replay import (
    AccountsBusy,
    NoReplay,
    ReplayEnded,
    ReplayGoesOn,
    Steerer,
)
from application.market.use_cases import MarketUseCases
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote
from domain.shared.values import InvalidValue
from ports.market import ReplayPlace, ReplayState
from tests import builders

NOON = datetime.fromisoformat("2024-01-02T17:00:00Z")
OWN = builders.book(builders.account(tenant_id=UUID(int=7)))
BY = Steerer(tenant_id=UUID(int=7), actor="user:7", trace_id="t")


def conditions_of(*, feed: str = "", ended: bool = False, **brokers: str) -> Conditions:
    def saying(what: str) -> Callable[[], str]:
        return lambda: what

    told = {name: saying(what) for name, what in brokers.items()}
    return Conditions(feed=saying(feed), has_ended=lambda: ended, brokers=told)


WELL = conditions_of(paper="")


class Replay:
    """A replay that only remembers whether it is paused."""

    def __init__(self) -> None:
        self._state = ReplayState.RUNNING

    def pause(self) -> None:
        self._state = ReplayState.PAUSED

    def resume(self) -> None:
        self._state = ReplayState.RUNNING

    def state(self) -> ReplayState:
        return self._state

    def place(self) -> ReplayPlace:
        return ReplayPlace(at=NOON)

    def end(self) -> None:
        self._state = ReplayState.FINISHED


@pytest.fixture
def market() -> MemoryMarket:
    return MemoryMarket(at=NOON)


@pytest.fixture
def use_cases(market: MemoryMarket) -> MarketUseCases:
    return use_cases_of(market, replay=Replay())


def use_cases_of(
    market: MemoryMarket,
    *,
    replay: Replay | None,
    database: MemoryDatabase | None = None,
    conditions: Conditions = WELL,
    cursor: MemoryReplayCursor | None = None,
) -> MarketUseCases:
    clock = ManualClock(NOON)
    link = MemoryLink(database or MemoryDatabase())
    trail = MemoryAuditTrail(link)
    return MarketUseCases(
        instruments=MemoryInstruments(
            [
                Instrument(symbol="BBB", name="B", calendar="OPEN"),
                Instrument(symbol="AAA", name="A", calendar="OPEN"),
                Instrument(symbol="CCC", name="C", calendar="LOST"),
            ]
        ),
        view=market,
        clock=market,
        calendars=MemoryCalendars(
            [weekday_calendar("OPEN", first=date(2024, 1, 1), last=date(2024, 1, 31))]
        ),
        conditions=conditions,
        replay=replay,
        record=Recorder(trail=trail, clock=clock, ids=SeededIds(clock=clock, seed=1)),
        laps=MemoryReplayLaps(link=link, cursor=cursor or MemoryReplayCursor(NOON)),
        brokers=("paper",),
    )


async def test_instruments_come_by_symbol(use_cases: MarketUseCases) -> None:
    assert [each.symbol for each in await use_cases.list_instruments()] == ["AAA", "BBB", "CCC"]
    assert (await use_cases.instrument("BBB")).name == "B"


async def test_an_unknown_symbol_is_said_everywhere(use_cases: MarketUseCases) -> None:
    with pytest.raises(UnknownInstrument, match="'NOPE'"):
        await use_cases.instrument("NOPE")
    with pytest.raises(UnknownInstrument):
        await use_cases.quote("NOPE")
    with pytest.raises(UnknownInstrument):
        await use_cases.bars("NOPE", count=1)


async def test_a_quote_is_told_once_there_is_one(
    use_cases: MarketUseCases, market: MemoryMarket
) -> None:
    with pytest.raises(NoQuote, match="AAA has not been quoted"):
        await use_cases.quote("AAA")
    quote = Quote(symbol="AAA", bid=Decimal(1), ask=Decimal(3), last=Decimal(2), at=NOON)
    market.record(quote)
    assert await use_cases.quote("AAA") == quote


async def test_bars_are_told_up_to_a_limit(use_cases: MarketUseCases, market: MemoryMarket) -> None:
    bars = [
        Bar(
            symbol="AAA",
            opened_at=NOON + timedelta(days=index),
            closed_at=NOON + timedelta(days=index, hours=4),
            open=Decimal(2),
            high=Decimal(2),
            low=Decimal(2),
            close=Decimal(2),
            volume=Decimal(5),
        )
        for index in range(3)
    ]
    for bar in bars:
        market.record(bar)
    assert list(await use_cases.bars("AAA", count=2)) == bars[1:]
    assert list(await use_cases.bars("BBB", count=2)) == []


@pytest.mark.parametrize("count", [0, -1, 513])
async def test_a_count_of_bars_beyond_the_limits_is_refused(
    use_cases: MarketUseCases, count: int
) -> None:
    with pytest.raises(InvalidValue) as raised:
        await use_cases.bars("AAA", count=count)
    assert raised.value.field == "count"


async def test_the_status_tells_time_hours_and_what_is_not_known(
    use_cases: MarketUseCases, market: MemoryMarket
) -> None:
    status = await use_cases.status()
    assert (status.now, status.replay) == (NOON, ReplayState.RUNNING)
    lost, known = status.calendars
    assert (known.calendar, known.is_open, known.problem) == ("OPEN", True, "")
    assert (lost.calendar, lost.is_open, lost.opens_at) == ("LOST", False, None)
    assert "LOST" in lost.problem
    market.set_time(NOON + timedelta(hours=4))
    closed = (await use_cases.status()).calendars[1]
    assert (closed.is_open, closed.date) == (False, date(2024, 1, 3))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (WELL, ""),
        (conditions_of(paper="it is silent"), "nothing is opened: broker: it is silent"),
        (
            conditions_of(paper="it is silent", second="gone"),
            "nothing is opened: broker: it is silent; broker_second: gone",
        ),
        (
            conditions_of(paper="", second="gone"),
            "nothing is opened at some brokers: broker_second: gone",
        ),
        (
            conditions_of(feed="it ended", paper="", second="gone"),
            "nothing is opened: market_feed: it ended; broker_second: gone",
        ),
        (conditions_of(paper="", ended=True), "the replay has ended"),
    ],
)
async def test_the_status_says_what_keeps_orders_out(
    market: MemoryMarket, conditions: Conditions, said: str
) -> None:
    status = await use_cases_of(market, replay=Replay(), conditions=conditions).status()
    assert status.problem[: len(said) or None] == said


async def test_a_replay_is_paused_and_resumed(use_cases: MarketUseCases) -> None:
    assert await use_cases.pause_replay(BY) is ReplayState.PAUSED
    assert (await use_cases.status()).replay is ReplayState.PAUSED
    assert await use_cases.resume_replay(BY) is ReplayState.RUNNING


async def test_steering_the_replay_is_recorded_before_it_happens(market: MemoryMarket) -> None:
    database, replay = MemoryDatabase(), Replay()
    use_cases = use_cases_of(market, replay=replay, database=database)
    await use_cases.pause_replay(BY)
    await use_cases.resume_replay(BY)
    said = [(one.actor, one.action, dict(one.before)) for one in database.audit]
    assert said == [
        ("user:7", "market.replay.pause", {"state": "running"}),
        ("user:7", "market.replay.resume", {"state": "paused"}),
    ]


async def test_a_live_market_cannot_be_paused(market: MemoryMarket) -> None:
    live = use_cases_of(market, replay=None)
    assert (await live.status()).replay is None
    with pytest.raises(NoReplay):
        await live.pause_replay(BY)
    with pytest.raises(NoReplay):
        await live.resume_replay(BY)


async def test_an_ended_replay_says_how_it_goes_on(market: MemoryMarket) -> None:
    replay, database = Replay(), MemoryDatabase()
    replay.end()
    use_cases = use_cases_of(market, replay=replay, database=database)
    with pytest.raises(ReplayEnded, match="market resume --from-start"):
        await use_cases.resume_replay(BY)
    assert database.audit == []


async def test_an_ended_replay_starts_over_and_goes_on_even_if_it_was_paused(
    market: MemoryMarket,
) -> None:
    replay, database, cursor = Replay(), MemoryDatabase(), MemoryReplayCursor(NOON)
    database.books[OWN.account.id] = OWN
    replay.end()
    use_cases = use_cases_of(market, replay=replay, database=database, cursor=cursor)
    assert await use_cases.start_replay_over(BY) is ReplayState.RUNNING
    assert replay.state() is ReplayState.RUNNING
    assert await cursor.load() == ReplayPlace(lap=2)
    assert database.books[OWN.account.id].lap == 2
    (entry,) = database.audit
    assert (entry.action, dict(entry.after)["lap"]) == ("market.replay.start_over", "2")


async def test_a_replay_that_goes_on_cannot_start_over(market: MemoryMarket) -> None:
    database = MemoryDatabase()
    use_cases = use_cases_of(market, replay=Replay(), database=database)
    with pytest.raises(ReplayGoesOn, match="is running"):
        await use_cases.start_replay_over(BY)
    assert database.audit == []
    # It was started over by somebody else a moment ago.
    behind, ended = MemoryReplayCursor(), Replay()
    ended.end()
    late = use_cases_of(market, replay=ended, database=database, cursor=behind)
    with pytest.raises(ReplayGoesOn):
        await late.start_replay_over(BY)
    assert (await behind.load(), database.audit) == (ReplayPlace(), [])


async def test_accounts_that_are_not_done_are_named_to_their_own_tenant_only(
    market: MemoryMarket,
) -> None:
    replay, database = Replay(), MemoryDatabase()
    replay.end()
    held = {"AAA": Position(symbol="AAA", quantity=Decimal(-1))}
    own, other = replace(OWN, positions=held), builders.book(positions=held)
    database.books = {own.account.id: own, other.account.id: other}
    use_cases = use_cases_of(market, replay=replay, database=database)
    with pytest.raises(AccountsBusy) as raised:
        await use_cases.start_replay_over(BY)
    assert f"account {own.account.id} holds AAA" in str(raised.value)
    assert "1 of other tenants is not done" in str(raised.value)
    assert str(other.account.id) not in str(raised.value)
    assert replay.state() is ReplayState.FINISHED
    assert database.books[own.account.id] == own
    assert database.audit == []
