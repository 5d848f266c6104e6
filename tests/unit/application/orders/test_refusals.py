"""Denials and alerts in the words that readers of the risk stream know."""

from dataclasses import replace
from decimal import Decimal

from application.orders.refusals import describe_alert, describe_denial
from domain.risk.verdict import BUILT_IN, Headroom, Reason
from tests import builders


def test_a_denial_is_described_within_bounds() -> None:
    order = builders.order()
    reasons = tuple(
        Reason(code=f"C{number}", message="m" * 1_500, rule_type=BUILT_IN, rule_name="R")
        for number in range(2)
    )
    said = describe_denial(order, reasons=reasons, halt="h" * 600)
    assert said == {
        "order_id": str(order.id),
        "symbol": "AAPL",
        "side": "buy",
        "quantity": "10",
        "codes": "C0,C1",
        "reasons": ("m" * 1_500 + "; " + "m" * 1_500)[:2_000],
        "halt": "h" * 500,
    }
    assert "halt" not in describe_denial(order, reasons=reasons, halt="")


def test_an_alert_is_described_with_the_figures_that_there_are() -> None:
    order = builders.order()
    near = Headroom(
        rule_type="MAX_LEVERAGE",
        rule_name="Mine",
        action="BLOCK",
        unit="money",
        value=Decimal(2) / 3,
        limit=Decimal(1),
    )
    said = {
        "order_id": str(order.id),
        "symbol": "AAPL",
        "rule_type": "MAX_LEVERAGE",
        "rule_name": "Mine",
        "breached": "false",
        "unit": "money",
    }
    assert describe_alert(order, warning=near) == {
        **said,
        "value": "0.6666666667",
        "limit": "1",
        "used": "0.6666666667",
    }
    blind = replace(near, value=None, limit=None, breached=True)
    assert describe_alert(order, warning=blind) == {**said, "breached": "true"}
