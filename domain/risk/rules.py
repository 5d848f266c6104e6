"""List every rule type there is, and make a rule's check."""

from collections.abc import Mapping
from decimal import Decimal

from domain.risk.activity_rules import CancelRate, GrossCredit, LossStreak, RepeatExecution
from domain.risk.exposure_rules import (
    PER,
    MaxDailyLoss,
    MaxDrawdown,
    MaxLeverage,
    MaxPositionSize,
    PositionLimit,
    SectorConcentration,
)
from domain.risk.measure import Check
from domain.risk.order_rules import (
    DuplicateOrder,
    MaxAdvPercent,
    MaxOrderValue,
    OrderRate,
    RestrictedSymbol,
)
from domain.risk.parameters import NumberParameter, refuse_unknown
from domain.risk.portfolio_rules import CorrelationLimit, VarLimit
from domain.risk.price_rules import MarketHours, PriceCollar, StalePrice
from domain.risk.rule import Rule, RuleType
from domain.risk.trading_rules import Liquidity, MaxOpenOrders, SelfTrade, StopRequired
from domain.shared.amounts import read_amount
from domain.shared.values import ZERO, InvalidValue

CHECKS: Mapping[RuleType, type[Check]] = {
    RuleType.MAX_POSITION_SIZE: MaxPositionSize,
    RuleType.MAX_DAILY_LOSS: MaxDailyLoss,
    RuleType.MAX_DRAWDOWN: MaxDrawdown,
    RuleType.POSITION_LIMIT: PositionLimit,
    RuleType.MAX_LEVERAGE: MaxLeverage,
    RuleType.MAX_ORDER_VALUE: MaxOrderValue,
    RuleType.PRICE_COLLAR: PriceCollar,
    RuleType.DUPLICATE_ORDER: DuplicateOrder,
    RuleType.ORDER_RATE: OrderRate,
    RuleType.SECTOR_CONCENTRATION: SectorConcentration,
    RuleType.RESTRICTED_SYMBOL: RestrictedSymbol,
    RuleType.MARKET_HOURS: MarketHours,
    RuleType.MAX_ADV_PERCENT: MaxAdvPercent,
    RuleType.STALE_PRICE: StalePrice,
    RuleType.MAX_OPEN_ORDERS: MaxOpenOrders,
    RuleType.STOP_REQUIRED: StopRequired,
    RuleType.LIQUIDITY: Liquidity,
    RuleType.CORRELATION_LIMIT: CorrelationLimit,
    RuleType.VAR_LIMIT: VarLimit,
    RuleType.GROSS_CREDIT: GrossCredit,
    RuleType.LOSS_STREAK: LossStreak,
    RuleType.CANCEL_RATE: CancelRate,
    RuleType.SELF_TRADE: SelfTrade,
    RuleType.REPEAT_EXECUTION: RepeatExecution,
}


def made_as_written(rule: Rule) -> Check:
    """Make the check of a rule that somebody has just written; raises InvalidValue likewise.

    Numbers in its parameters are plain decimals, as every amount that comes in. What was
    stored before, and the records of decisions, are read by `made` as they were.
    """
    for parameter in CHECKS[rule.rule_type].PARAMETERS:
        text = rule.parameters.get(parameter.name)
        if isinstance(parameter, NumberParameter) and isinstance(text, str):
            read_amount(text, field=f"parameters.{parameter.name}")
    return made(rule)


def made(rule: Rule, *, quiet: Decimal = ZERO) -> Check:
    """Make the rule's check, quiet under that share of its limit.

    Raises InvalidValue for a threshold, parameter or scope that its type does not take.
    """
    kind = CHECKS[rule.rule_type]
    refuse_unknown(rule.parameters, declared=kind.PARAMETERS)
    counts_all_accounts(rule)
    check = kind.made(threshold=rule.threshold, parameters=rule.parameters, quiet=quiet)
    if isinstance(check, RestrictedSymbol) and not check.symbols and rule.scope.symbol is None:
        raise InvalidValue(
            field="parameters.symbols",
            problem="must list symbols when the scope names none; an empty list bans all trading",
        )
    return check


def counts_all_accounts(rule: Rule) -> bool:
    """Tell whether the rule's value sums over every account of the tenant.

    Raises InvalidValue for a word that its type does not take.
    """
    return PER in CHECKS[rule.rule_type].PARAMETERS and PER.read(rule.parameters) == "tenant"
