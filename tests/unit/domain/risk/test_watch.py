"""Holding an account to its limits without an order."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.risk.defaults import default_rules
from domain.risk.rule import RuleScope, RuleType
from domain.risk.rules import made
from domain.risk.verdict import Approved
from domain.risk.watch import WATCHED, readings
from tests.unit.domain.risk.context import (
    ACCOUNT,
    AT,
    TENANT,
    D,
    account_figures,
    book,
    judge,
    rule,
    terms,
)

LOSS = rule(RuleType.MAX_DAILY_LOSS, "1000")


def read(*rules: Any, **figures: Any) -> Any:
    """Read the rules against an account with these figures."""
    return readings(rules, account=book().account, figures=account_figures(**figures))


@pytest.mark.parametrize(
    ("equity", "alert", "breached"),
    [
        ("99301", False, False),
        ("99300", True, False),
        ("99000.01", True, False),
        ("99000", True, True),
    ],
)
def test_a_loss_alerts_before_it_breaches(equity: str, alert: bool, breached: bool) -> None:
    (told,) = read(LOSS, equity=D(equity))
    assert told.is_clean
    assert (told.headroom.is_alert, told.headroom.breached) == (alert, breached)
    assert told.headroom.value == D(100_000) - D(equity)
    assert told.headroom.limit == D(1_000)


@pytest.mark.parametrize(
    ("watching", "figures", "used"),
    [
        (rule(RuleType.MAX_DRAWDOWN, "20"), {"equity": D(90_000)}, "0.5"),
        (rule(RuleType.MAX_LEVERAGE, "2"), {"gross": D(50_000)}, "0.25"),
    ],
)
def test_drawdown_and_leverage_are_watched_too(
    watching: Any, figures: dict[str, Any], used: str
) -> None:
    (told,) = read(watching, **figures)
    assert told.headroom.used == D(used)
    assert told.rule is watching


@pytest.mark.parametrize(
    ("watching", "figures"),
    [
        (LOSS, {"equity": None}),
        (LOSS, {"opening_equity": None}),
        (rule(RuleType.MAX_DRAWDOWN, "20"), {"equity": None}),
        (rule(RuleType.MAX_LEVERAGE, "2"), {"equity": None}),
        (rule(RuleType.MAX_LEVERAGE, "2"), {"gross": None}),
    ],
)
def test_a_reading_without_its_inputs_is_not_clean(watching: Any, figures: dict[str, Any]) -> None:
    (told,) = read(watching, **figures)
    assert not told.is_clean
    assert not told.headroom.breached


@pytest.mark.parametrize(
    ("changes", "watched"),
    [
        ({"is_active": False}, False),
        ({"scope": RuleScope(account_id=ACCOUNT)}, True),
        ({"scope": RuleScope(account_id=UUID(int=99))}, False),
        ({"scope": RuleScope(symbol="AAPL")}, False),
        ({"scope": RuleScope(strategy_id="ema")}, False),
    ],
)
def test_only_active_rules_on_the_whole_account_watch_it(
    changes: dict[str, Any], watched: bool
) -> None:
    assert bool(read(replace(LOSS, **changes))) == watched


def test_the_other_types_need_an_order() -> None:
    others = [rule(kind, "1", parameters={}) for kind in RuleType if kind not in WATCHED]
    assert read(*others) == ()


def test_readings_come_by_rule_id() -> None:
    later = replace(LOSS, id=UUID(int=500))
    assert [told.rule.id for told in read(later, LOSS)] == [LOSS.id, later.id]


def test_the_default_rules_let_a_first_small_order_pass() -> None:
    ids = iter(range(1, 100))
    rules = default_rules(tenant_id=TENANT, at=AT, new_id=lambda: UUID(int=next(ids)))
    assert isinstance(judge(terms(), *rules), Approved)
    for one in rules:
        made(one)
        assert one.is_active
        assert one.tenant_id == TENANT
    assert len({one.name for one in rules}) == len(rules)
    sector = [one for one in rules if one.rule_type is RuleType.SECTOR_CONCENTRATION]
    assert [one.threshold for one in sector] == [D(25)]


def test_a_loss_on_a_date_that_comes_again_is_another_one() -> None:
    day, figures = AT.date(), account_figures(equity=D("90000"))
    bases = [
        one.basis
        for lap in (1, 2, 3)
        for one in readings([LOSS], account=book().account, figures=figures, day=day, lap=lap)
    ]
    assert bases == [f"{day}", f"{day}:lap-2", f"{day}:lap-3"]
