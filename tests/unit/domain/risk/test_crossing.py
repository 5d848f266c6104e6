"""Which own orders an order would trade with."""

from typing import Any
from uuid import UUID

import pytest

from domain.orders.order import GroupLink, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.book_view import view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.crossing import crossed_by
from domain.risk.gather_inputs import gather_inputs
from domain.risk.reading_input import DecisionContext
from domain.risk.rule import Action, RuleType
from tests.unit.domain.risk.context import (
    AT,
    SESSION,
    D,
    book,
    codes,
    instrument,
    judge,
    order,
    quote,
    resting,
    rule,
    symbol_figures,
    terms,
)

LIMIT = rule(RuleType.SELF_TRADE)
BUY, SELL = Side.BUY, Side.SELL


def own(side: Side = SELL, price: str | None = "100", **fields: Any) -> Any:
    """An own order at rest."""
    given: dict[str, Any] = {
        name: fields.pop(name) for name in ("type", "symbol", "stop_price") if name in fields
    }
    if price is not None:
        given["limit_price"] = D(price)
    if price is None and "type" not in given:
        given["type"] = OrderType.MARKET
    return resting(terms(side=side, **given), **fields)


def asked(side: Side = BUY, price: str | None = "100", **fields: Any) -> OrderTerms:
    """The order decided on."""
    if price is None:
        return terms(side=side, **{"type": OrderType.MARKET, **fields})
    return terms(side=side, limit_price=D(price), **fields)


@pytest.mark.parametrize(
    ("given", "other", "met"),
    [
        (asked(BUY, "100"), own(SELL, "100"), True),
        (asked(BUY, "99.99"), own(SELL, "100"), False),
        (asked(BUY, "100.01"), own(SELL, "100"), True),
        (asked(SELL, "100"), own(BUY, "100"), True),
        (asked(SELL, "100.01"), own(BUY, "100"), False),
        (asked(SELL, "99.99"), own(BUY, "100"), True),
        (asked(BUY, "100"), own(BUY, "100"), False),
        (asked(BUY, "100"), own(SELL, "100", symbol="MSFT"), False),
        (asked(BUY, None), own(SELL, "100.01"), True),
        (asked(BUY, None), own(SELL, "100.02"), False),
        (asked(BUY, "1"), own(SELL, None), True),
        (asked(BUY, None), own(SELL, None), True),
        (asked(BUY, "100"), own(SELL, None, type=OrderType.STOP, stop_price=D(90)), False),
        (
            asked(BUY, "1"),
            own(SELL, None, type=OrderType.STOP, stop_price=D(90), state=OrderState.TRIGGERED),
            True,
        ),
        (
            asked(BUY, "100"),
            own(
                SELL,
                "100",
                type=OrderType.STOP_LIMIT,
                stop_price=D(90),
                state=OrderState.TRIGGERED,
            ),
            True,
        ),
        (asked(BUY, None, type=OrderType.STOP, stop_price=D(110)), own(SELL, "100"), False),
        (asked(BUY, "100"), own(SELL, "100", waiting=True), False),
        (asked(BUY, "100"), own(SELL, "100", state=OrderState.CANCELED), False),
        (asked(BUY, "100"), own(SELL, "100", state=OrderState.UNKNOWN), True),
        (asked(BUY, "100"), own(SELL, "100", state=OrderState.PENDING_CANCEL), True),
        (asked(BUY, "100"), own(SELL, "105", pending_terms=asked(SELL, "100")), True),
        (asked(BUY, "100"), own(SELL, "100", pending_terms=asked(SELL, "105")), True),
        (asked(SELL, "100"), own(BUY, "95", pending_terms=asked(BUY, "100")), True),
    ],
)
def test_an_order_meets_what_is_live_at_a_price_that_it_reaches(
    given: OrderTerms, other: Any, met: bool
) -> None:
    assert crossed_by(given, reach=D("100.01"), own=[other]) == met


def test_without_a_price_of_its_own_or_the_markets_it_is_not_known() -> None:
    assert crossed_by(asked(BUY, None), reach=None, own=[own()]) is None
    assert crossed_by(asked(BUY, None), reach=None, own=[own(SELL, None)]) == 1
    assert crossed_by(asked(BUY, None), reach=None, own=[]) == 0


def test_the_orders_of_every_account_and_those_before_it_in_its_request_count() -> None:
    rules = compile_rules([LIMIT], version=1)
    link = GroupLink(group_id=UUID(int=9), role=Role.PEER)
    group = tuple(
        order(asked(side, price), number=number, link=link)
        for number, (side, price) in enumerate(((SELL, "100"), (BUY, "100"), (SELL, "99")), start=1)
    )
    view = view_of(book(orders=[own(number=20)]), instrument=instrument, quote=quote)
    elsewhere = book(orders=[own(number=30), own(BUY, "98", number=31)])

    def met(one: Any, others: Any, among: Any = group) -> Any:
        return gather_inputs(
            one,
            view=view.marked("AAPL", instrument=instrument(), quote=quote()),
            rules=rules,
            now=AT,
            market_now=AT,
            session=SESSION,
            average_daily_volume=None,
            beside=DecisionContext(group=among, others=others),
        ).readings

    assert [met(one, (elsewhere,)) for one in group] == [(D(0),), (D(3),), (D(1),)]
    assert met(group[1], ()) == (D(2),)
    assert met(group[1], None) == (None,)
    # On its replace an order does not meet itself.
    assert met(own(number=20), (), ()) == (D(0),)


def test_it_binds_exits_too_unless_the_rule_lets_them_pass() -> None:
    world: dict[str, Any] = {"symbol": symbol_figures(position=100), "readings": (D(1),)}
    leaving = terms(side=SELL)
    assert codes(judge(terms(), LIMIT, readings=(D(1),))) == ["SELF_TRADE"]
    assert codes(judge(terms(), LIMIT, readings=(D(0),))) == []
    assert codes(judge(leaving, LIMIT, **world)) == ["SELF_TRADE"]
    lenient = rule(RuleType.SELF_TRADE, action=Action.REDUCE_ONLY)
    assert codes(judge(leaving, lenient, **world)) == []
    assert codes(judge(terms(), lenient, readings=(D(1),))) == ["SELF_TRADE"]
