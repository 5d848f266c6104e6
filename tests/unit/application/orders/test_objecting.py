"""A source that never was up to date, is stale, or fails, is silent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.orders.objecting import Objecting
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.objections import Objection
from tests.unit.domain.risk.context import AT, order
from tests.unit.domain.risk.test_objections import objection

HOLDS = timedelta(seconds=30)


@dataclass
class Source:
    """An area that was up to date at a time, and has one thing against every order."""

    at: datetime | None
    name: str = "tax"
    holds_for: timedelta = HOLDS
    fails: bool = False
    said: tuple[Objection, ...] = field(default_factory=lambda: (objection(),))

    def up_to_date_at(self, *, tenant_id: UUID) -> datetime | None:
        del tenant_id
        return self.at

    def against(self, order: Order, *, terms: OrderTerms, at: datetime) -> Sequence[Objection]:
        if self.fails:
            raise KeyError(terms.symbol, order.id, at)
        return self.said


def heard(*sources: Source) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the codes raised and who is silent."""
    told = Objecting(lambda: sources).against(order(), terms=order().terms, at=AT)
    return None if told is None else (tuple(one.code for one in told.raised), told.silent)


@pytest.mark.parametrize(
    ("at", "silent"),
    [
        (None, True),
        (AT, False),
        (AT - HOLDS, False),
        (AT - HOLDS - timedelta(microseconds=1), True),
        (AT + HOLDS, False),
        (AT + HOLDS + timedelta(microseconds=1), True),
    ],
)
def test_a_word_holds_for_so_long_and_no_longer(at: datetime | None, silent: bool) -> None:
    assert heard(Source(at=at)) == (((), ("tax",)) if silent else (("WASH_SALE",), ()))


def test_a_source_that_fails_is_silent_and_keeps_nobody_from_being_heard() -> None:
    assert heard(Source(at=AT, name="estate", fails=True), Source(at=AT)) == (
        ("WASH_SALE",),
        ("estate",),
    )


def test_nothing_is_kept_of_sources_that_have_nothing_to_say() -> None:
    assert heard() is None
    assert heard(Source(at=AT, said=())) is None
