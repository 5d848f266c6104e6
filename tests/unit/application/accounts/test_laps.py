"""A replay that starts over: its days, splits and dividends reach a book of that lap, once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from application.orders.commands import DeniedOrders
from domain.accounts.ledger import EntryKind
from domain.accounts.positions import Position
from domain.market.prices import SessionOpened, Split, SplitEffective
from tests import builders
from tests.rig import Rig
from tests.unit.application.accounts.test_dividends import EVENT, OPENS
from tests.unit.application.accounts.test_keep_day import _keep_day
from tests.unit.application.orders.test_market_down import _asked

SPLIT = SplitEffective(
    split=Split(symbol="AAPL", ex_date=OPENS.date(), numerator=Decimal(3), denominator=Decimal(2)),
    at=OPENS,
)
HELD = {"AAPL": Position(symbol="AAPL", quantity=Decimal(5), cost=Decimal(500))}


async def test_each_lap_pays_and_splits_once_under_references_of_its_own() -> None:
    rig = Rig(book=builders.book(positions=HELD))
    for lap in (1, 2):
        book = await rig.stored()
        # As the lap before was left, and a purchase since.
        rig.database.books[rig.account_id] = replace(
            book, version=book.version + 1, positions=HELD, lap=lap
        )
        keep_day = replace(_keep_day(rig), lap=[lambda: 1, lambda: 2][lap - 1])
        for _ in range(2):
            await keep_day(SPLIT)
            await keep_day(EVENT)
        assert (await rig.stored()).position("AAPL").quantity == 7
    posted = [(one.kind, one.reference) for one in rig.database.ledger]
    day = OPENS.date().isoformat()
    for kind, name in (
        (EntryKind.SPLIT, "split"),
        (EntryKind.CASH_IN_LIEU, "split"),
        (EntryKind.DIVIDEND, "dividend"),
    ):
        told = [reference for of, reference in posted if of is kind]
        assert told == [f"{name}:AAPL:{day}", f"{name}:AAPL:{day}:lap-2"]


@pytest.mark.parametrize("lap", [1, 3])
async def test_what_a_process_of_another_lap_still_tells_leaves_a_book_alone(lap: int) -> None:
    before = builders.book(positions=HELD, lap=2, day=None)
    rig = Rig(book=before)
    keep_day = replace(_keep_day(rig), lap=lambda: lap)
    opened = SessionOpened(calendar="XNYS", date=OPENS.date(), at=OPENS)
    for event in (SPLIT, EVENT, opened):
        await keep_day(event)
    await keep_day.start_account(
        tenant_id=rig.tenant_id, account_id=rig.account_id, day=OPENS.date()
    )
    assert await rig.stored() == before


async def test_a_day_that_was_opens_again_in_the_next_lap() -> None:
    rig = Rig(book=builders.book(lap=2, day=None))
    keep_day = replace(_keep_day(rig), lap=lambda: 2)
    await keep_day(SessionOpened(calendar="XNYS", date=OPENS.date(), at=OPENS))
    day = (await rig.stored()).day
    assert day is not None
    assert day.date == OPENS.date()
    assert day.opening_equity == 100_000


async def test_nothing_is_opened_for_a_book_at_prices_of_another_lap() -> None:
    rig = Rig(book=builders.book(lap=2))
    denied = await _asked(rig, builders.terms())
    assert isinstance(denied, DeniedOrders)
    (told,) = [one for one in denied.reasons if one.code == "MARKET_DOWN"]
    assert "starts over" in told.message


async def test_a_position_is_not_valued_at_prices_of_another_lap() -> None:
    lap = 1
    rig = Rig(book=builders.book(positions=HELD))
    gatekeeper = rig.gatekeeper
    gatekeeper.view._lap = gatekeeper._lap = lambda: lap
    book = await rig.stored()
    assert gatekeeper.view(book).account.equity is not None
    lap = 2
    assert gatekeeper.view(book).account.equity is None
    assert gatekeeper.view(replace(book, lap=2)).account.equity is not None
