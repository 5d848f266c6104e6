"""Hold a whole account to its limits between orders, as the market moves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from domain.accounts.account import Account
from domain.risk.exposure_rules import MaxDailyLoss, MaxDrawdown, MaxLeverage
from domain.risk.headroom import is_beyond, split
from domain.risk.measure import Check, Measure
from domain.risk.rule import Rule, RuleType
from domain.risk.rules import counts_all_accounts, made
from domain.risk.situation import AccountFigures, AccountSums
from domain.risk.verdict import Headroom
from domain.shared.values import plain

# The types that need no order to be broken.
WATCHED = frozenset({RuleType.MAX_DAILY_LOSS, RuleType.MAX_DRAWDOWN, RuleType.MAX_LEVERAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one rule says of an account now; a reading with a gap is not clean."""

    rule: Rule
    headroom: Headroom
    # What the value is measured from: the trading day of a loss, the peak of a drawdown.
    basis: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether every input was there."""
        return not self.headroom.missing


def readings(
    rules: Iterable[Rule],
    *,
    account: Account,
    figures: AccountFigures,
    day: date | None = None,
    lap: int = 1,
    everywhere: AccountSums | None = None,
) -> tuple[Reading, ...]:
    """Read every active rule that watches the whole account, by rule id.

    lap is the one of the replay that the day is of: its dates repeat. everywhere sums all
    accounts of the tenant, this one too, for the rules that count them.
    """
    since = "" if day is None else day.isoformat() if lap == 1 else f"{day.isoformat()}:lap-{lap}"
    whole = _together(figures, everywhere)
    return tuple(
        _reading(rule, whole if counts_all_accounts(rule) else figures, day=since)
        for rule in sorted(rules, key=lambda rule: rule.id)
        if rule.is_active
        and rule.rule_type in WATCHED
        and rule.scope.account_id in (None, account.id)
        # A rule for one symbol or strategy holds back its orders, not the account.
        and rule.scope.symbol is None
        and rule.scope.strategy_id is None
    )


def _together(figures: AccountFigures, everywhere: AccountSums | None) -> AccountFigures:
    """Return the figures of all accounts in place of one's; without them there are none."""
    if everywhere is None:
        return replace(figures, equity=None, opening_equity=None, gross=None)
    return replace(
        figures,
        equity=everywhere.equity,
        opening_equity=everywhere.opening_equity,
        gross=everywhere.gross,
    )


def _reading(rule: Rule, figures: AccountFigures, *, day: str) -> Reading:
    check = made(rule)
    value, limit, gap = split(_measure(check, figures))
    return Reading(
        rule=rule,
        headroom=Headroom(
            rule_type=rule.rule_type.value,
            rule_name=rule.name,
            action=rule.action.value,
            unit=check.unit,
            rule_id=rule.id,
            value=value,
            limit=limit,
            breached=is_beyond(value, limit=limit, stops_at_limit=check.STOPS_AT_LIMIT),
            missing=gap.missing if gap is not None else "",
            clause=check.CLAUSE,
        ),
        basis=_basis(check, figures, day=day),
    )


def _basis(check: Check, figures: AccountFigures, *, day: str) -> str:
    match check:
        case MaxDailyLoss():
            return day
        case MaxDrawdown():
            return plain(figures.peak_equity)
        case _:
            return ""


def _measure(check: Check, figures: AccountFigures) -> Measure:
    match check:
        case MaxDailyLoss():
            return check.measure_account(figures.equity, figures.opening_equity)
        case MaxDrawdown():
            return check.measure_account(figures.equity, figures.peak_equity)
        case MaxLeverage():
            return check.measure_account(figures.equity, figures.gross)
        case _:
            raise TypeError(f"{check.TYPE} does not watch an account")
