"""Sessions give accounts their trading day and peak, each once and only at known prices."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.accounts.keep_day import KeepDay
from application.accounts.start_late import LATE, StartLate
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.positions import Position
from domain.market.prices import Quote, SessionClosed, SessionOpened
from tests import builders
from tests.unit.application.accounts.context import AccountContext

DAY = builders.DAY.date
NEXT = DAY + timedelta(days=1)
HELD = {"AAPL": Position(symbol="AAPL", quantity=Decimal(10), cost=Decimal(900))}


@dataclass(slots=True)
class Sessions:
    """A desk whose account holds 10 AAPL beside 100,000, at the price given."""

    context: AccountContext = field(default_factory=AccountContext)
    unvalued: list[tuple[UUID, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.hold(replace(self.context.stored(), positions=HELD))
        self.context.quote("AAPL", 100)

    @property
    def keep_day(self) -> KeepDay:
        rig = self.context.rig
        return KeepDay(
            book_store=rig.context.book_store,
            directory=rig.directory,
            brokers=("paper",),
            view=rig.market,
            instruments=rig.context.instruments,
            clock=rig.clock,
            market_clock=rig.market,
            ids=rig.context.ids,
            on_unvalued=self._note,
        )

    def _note(self, account: Account, symbol: str) -> None:
        self.unvalued.append((account.id, symbol))

    async def opens(self, day: date = NEXT) -> AccountBook:
        """Open a session and return the book after it."""
        at = self.context.rig.market.now()
        await self.keep_day(SessionOpened(calendar="XNYS", date=day, at=at))
        return self.context.stored()

    async def closes(self) -> AccountBook:
        """Close the session and return the book after it."""
        at = self.context.rig.market.now()
        await self.keep_day(SessionClosed(calendar="XNYS", date=DAY, at=at))
        return self.context.stored()


async def test_a_session_begins_a_day_with_the_equity_it_opens_at() -> None:
    sessions = Sessions()
    book = await sessions.opens()
    assert book.day == TradingDay(date=NEXT, opening_equity=Decimal(101_000))
    assert (book.peak_equity, book.version) == (Decimal(101_000), 1)


@pytest.mark.parametrize("day", [DAY, DAY - timedelta(days=1)])
async def test_a_day_that_has_begun_does_not_begin_again(day: date) -> None:
    sessions = Sessions()
    before = sessions.context.stored()
    assert await sessions.opens(day) == before
    begun = await sessions.opens()
    sessions.context.quote("AAPL", 200)
    assert await sessions.opens() == begun


async def test_the_peak_never_falls() -> None:
    sessions = Sessions()
    sessions.context.hold(replace(sessions.context.stored(), peak_equity=Decimal(150_000)))
    assert (await sessions.opens()).peak_equity == 150_000
    closed = await sessions.closes()
    assert (closed.peak_equity, closed.version) == (Decimal(150_000), 1)


async def test_a_close_above_the_peak_is_the_peak_and_no_new_day() -> None:
    sessions = Sessions()
    closed = await sessions.closes()
    assert (closed.peak_equity, closed.day) == (Decimal(101_000), builders.DAY)
    # At the peak itself there is nothing to store.
    assert await sessions.closes() == closed


async def test_without_a_price_nothing_begins_and_it_is_said_which_is_missing() -> None:
    sessions = Sessions()
    book = sessions.context.stored()
    held = {**HELD, "GME": Position(symbol="GME", quantity=Decimal(1))}
    sessions.context.hold(replace(book, positions=held))
    before = sessions.context.stored()
    assert await sessions.opens() == before
    assert await sessions.closes() == before
    assert sessions.unvalued == [(sessions.context.account_id, "GME")] * 2


async def test_only_the_accounts_of_the_broker_follow_its_market() -> None:
    sessions = Sessions()
    cases = sessions.context.cases
    ours = await cases.open(sessions.context.asked())
    real = await cases.open(sessions.context.asked(broker="real"))
    later = NEXT + timedelta(days=30)
    await sessions.opens(later)
    days = [sessions.context.stored(one.id).day for one in (ours, real)]
    assert days[0] == TradingDay(date=later, opening_equity=Decimal(0))
    assert days[1] is not None
    assert days[1].date < later


async def test_prices_are_no_concern_of_the_day() -> None:
    sessions = Sessions()
    before = sessions.context.stored()
    at = sessions.context.rig.market.now()
    price = Decimal(500)
    await sessions.keep_day(Quote(symbol="AAPL", bid=price, ask=price, last=price, at=at))
    assert sessions.context.stored() == before


async def test_one_account_may_be_given_its_day() -> None:
    sessions = Sessions()
    context = sessions.context
    other = await context.cases.open(context.asked())
    before = context.stored(other.id)
    await sessions.keep_day.start_account(
        tenant_id=context.tenant_id, account_id=context.account_id, day=NEXT
    )
    assert context.stored().day == TradingDay(date=NEXT, opening_equity=Decimal(101_000))
    assert context.stored(other.id) == before


@pytest.mark.parametrize(
    ("age", "begins"),
    [
        (timedelta(0), True),
        (timedelta(minutes=1), True),
        (timedelta(minutes=1, microseconds=1), False),
        (timedelta(days=1), False),
    ],
)
async def test_a_follower_begins_the_day_of_what_was_opened_just_now(
    age: timedelta, begins: bool
) -> None:
    assert timedelta(minutes=1) == LATE
    sessions = Sessions()
    context = sessions.context
    account = replace(context.stored().account, created_at=context.rig.clock.now() - age)
    context.hold(replace(context.stored(), account=account))
    late = StartLate(keep_day=sessions.keep_day)
    at = context.rig.market.now()
    await late(SessionClosed(calendar="XNYS", date=NEXT, at=at))
    assert context.stored().version == 0
    await late(SessionOpened(calendar="XNYS", date=NEXT, at=at))
    day = TradingDay(date=NEXT, opening_equity=Decimal(101_000))
    assert context.stored().day == (day if begins else builders.DAY)
