"""A dividend is paid once on what is held when its day opens; who is short owes it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.accounts.ledger import EntryKind
from domain.accounts.positions import Position
from domain.market.prices import Dividend, DividendEffective
from tests import builders
from tests.rig import Rig
from tests.unit.application.accounts.test_keep_day import _keep_day

OPENS = builders.MARKET_AT + timedelta(days=1)
EVENT = DividendEffective(
    dividend=Dividend(symbol="AAPL", ex_date=OPENS.date(), amount=Decimal("2.65")), at=OPENS
)


@pytest.mark.parametrize(("held", "paid"), [(100, "265"), (-10, "-26.50"), (0, "0")])
async def test_it_is_posted_once_however_often_it_is_told(held: int, paid: str) -> None:
    position = Position(symbol="AAPL", quantity=Decimal(held), cost=Decimal(100 * held))
    rig = Rig(book=replace(builders.book(), positions={"AAPL": position} if held else {}))
    rig.market.record(EVENT)
    keep_day = _keep_day(rig)
    for _ in range(2):
        await keep_day(EVENT)
    assert (await rig.stored()).settled_cash == Decimal(100_000) + Decimal(paid)
    posted = [one for one in rig.database.ledger if one.kind is EntryKind.DIVIDEND]
    assert [one.reference for one in posted] == ["dividend:AAPL:2013-03-02"] * bool(held)
