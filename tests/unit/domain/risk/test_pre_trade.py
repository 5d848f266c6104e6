"""What orders would do to an account: every part, what is missing, and what does not count."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from domain.accounts.account import AccountKind
from domain.margin.assessment import Assessment
from domain.orders.order import GroupLink, Order, Role
from domain.orders.terms import OrderType, Side
from domain.risk.objections import Objection, Objections
from domain.risk.pre_trade import Analysis
from domain.risk.proposal import traded
from domain.risk.rating import PartName, rate, score_of
from domain.risk.rule import Action, RuleType
from tests.unit.domain.risk.context import D, book, order, quote, resting, rule, terms
from tests.unit.domain.risk.proposals import analysed, history, propose


def value(found: Analysis, name: PartName) -> Decimal | None:
    """Return the value of a part."""
    return next(part.value for part in found.parts if part.name is name)


def test_each_part_of_a_plain_order() -> None:
    held = book(positions={"MSFT": 100})
    proposal = propose(order(terms(quantity=D(100))), held=held)
    found = analysed(proposal, returns=history())
    equity = D(110_000)
    assert found.missing == ()
    assert value(found, PartName.NAME) == D(10_000) / equity
    # MSFT is of the same sector.
    assert dict(found.sectors) == {"Technology": D(20_000) / equity}
    # A hundred of a million units, at the deviation of the history, and a hundredth of spread.
    deviation = Decimal(repr(float(history().values[:, 0].std(ddof=1)))).quantize(D("1E-12"))
    (traded_one,) = found.symbols
    assert traded_one.cost.total == D("0.0001") + deviation * D("0.01")
    assert traded_one.days_to_exit == D("0.001")
    # Rule 4210 asks for a quarter of the 20,000.
    assert isinstance(found.margin.after, Assessment)
    assert found.margin.after.buffer == D(105_000) / equity
    assert value(found, PartName.MARGIN) == 1 - D(105_000) / equity
    assert isinstance(found.margin.before, Assessment)
    assert found.margin.before.maintenance == 2_500


def test_the_marginal_value_at_risk_is_numpys() -> None:
    returns = history()
    held = book(positions={"MSFT": 200})
    sold = order(terms(side=Side.SELL, quantity=D(20), symbol="XOM"))
    found = analysed(propose(sold, held=held), returns=returns)
    after, change = np.array([0.0, 20_000, -2_000]), np.array([0.0, 0, -2_000])
    covariance = np.cov(returns.values, rowvar=False)
    expected = 2.3263478740408408 * (change @ covariance @ after)
    expected /= np.sqrt(after @ covariance @ after)
    assert found.risk is not None
    assert float(found.risk.marginal) == pytest.approx(expected, abs=0.01)
    # A short share beside long ones of the same wind hedges: nothing is used.
    assert found.risk.marginal < 0
    assert value(found, PartName.MARGINAL_VAR) == 0


def test_what_rests_counts_as_the_gate_counts_it() -> None:
    held = book(orders=[resting(terms(quantity=D(50)))])
    found = analysed(propose(order(), held=held), returns=history())
    assert value(found, PartName.NAME) == D(6_000) / D(100_000)


def test_orders_that_only_reduce_are_told_and_not_held_against_anybody() -> None:
    held = book(positions={"AAPL": 400})
    out = order(terms(side=Side.SELL, quantity=D(50)))
    found = analysed(propose(out, held=held), returns=history())
    exempt = {part.name for part in found.parts if part.exempt}
    assert exempt == {PartName.MARGIN, PartName.SECTOR, PartName.NAME, PartName.MARGINAL_VAR}
    sector = next(part for part in found.parts if part.name is PartName.SECTOR)
    assert sector.score == 100
    assert score_of(found.parts) < 60
    # One more than is held opens, and everything counts.
    more = order(terms(side=Side.SELL, quantity=D(401)))
    opened = analysed(propose(more, held=held), returns=history())
    assert not any(part.exempt for part in opened.parts)


def test_a_cash_account_borrows_nothing() -> None:
    held = book(kind=AccountKind.CASH)
    found = analysed(propose(order(terms(quantity=D(900))), held=held), returns=None)
    assert value(found, PartName.MARGIN) == 0
    assert value(found, PartName.LIMITS) == D("0.9")


@pytest.mark.parametrize(
    ("gap", "named"),
    [
        ({"volume": None}, {"liquidity", "days_to_exit"}),
        ({"quotes": {"MSFT": quote("MSFT")}}, {"limits", "margin", "name", "liquidity"}),
        ({"days": 19}, {"marginal_var", "worst"}),
        ({"days": 59}, {"correlation"}),
    ],
)
def test_what_is_missing_is_named_and_is_never_safe(
    gap: dict[str, object], named: set[str]
) -> None:
    days = gap.pop("days", 250)
    assert isinstance(days, int)
    held = book(positions={"MSFT": 10})
    proposal = propose(order(), held=held, **gap)  # type: ignore[arg-type]  # drawn by a table
    returns = history(days=days) if days >= 20 else None
    found = analysed(proposal, returns=returns)
    assert named <= {one.split(":")[0] for one in found.missing}
    rating = rate(score_of(found.parts), missing=bool(found.missing), warned=False, denied=False)
    assert rating.value != "SAFE"


def test_the_tightest_limit_counts_and_a_warning_of_another_area_is_none() -> None:
    objections = Objections(
        raised=(
            Objection(
                source="tax",
                code="WASH_SALE",
                action=Action.WARN,
                message="sold at a loss",
                value=D(9),
                limit=D(1),
            ),
        )
    )
    rules = [
        rule(RuleType.MAX_ORDER_VALUE, "2000"),
        rule(RuleType.MAX_POSITION_SIZE, "1250", id=UUID(int=101)),
    ]
    proposal = propose(order(), rules=rules, objections=objections)
    found = analysed(proposal, returns=history())
    assert value(found, PartName.LIMITS) == D("0.8")
    assert proposal.objections() == objections.raised


def _linked(number: int, role: Role, quantity: int, *, waiting: bool = False) -> Order:
    made = order(terms(side=Side.BUY, type=OrderType.LIMIT, quantity=D(quantity)), number=number)
    parent = UUID(int=1_001) if waiting else None
    link = GroupLink(group_id=UUID(int=9), role=role, parent_id=parent)
    return replace(made, link=link, waiting=waiting)


def test_of_peers_the_largest_counts_and_children_beside_their_entry() -> None:
    peers = propose(_linked(1, Role.PEER, 10), _linked(2, Role.PEER, 30))
    assert traded(peers) == {"AAPL": 30}
    children = propose(_linked(1, Role.ENTRY, 10), _linked(2, Role.CHILD, 30, waiting=True))
    assert traded(children) == {"AAPL": 40}


def test_closing_everything_leaves_no_risk() -> None:
    held = book(positions={"AAPL": 100})
    out = order(terms(side=Side.SELL, quantity=D(100)))
    found = analysed(propose(out, held=held), returns=history())
    assert found.risk is not None
    assert found.risk.after is not None
    assert found.risk.after.historical == found.risk.marginal == 0
    assert [stretch.loss for stretch in found.risk.worst] == [0, 0, 0]
    assert found.missing == ()
