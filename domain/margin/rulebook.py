"""Name the rulebooks, and find the version that holds on a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.margin.tables import (
    CASH_TABLE,
    FINRA_INTRADAY,
    FINRA_OLD,
    NO_RATES,
    PORTFOLIO_TABLE,
    EquityRates,
    IntradayRule,
    OptionRates,
    StressTable,
)
from domain.shared.values import ONE, InvalidValue, checked_decimal


class RulebookName(StrEnum):
    """Which rules an account is margined by."""

    CASH = "cash"
    REG_T = "reg_t"
    FINRA_4210 = "finra_4210"
    PORTFOLIO = "portfolio"
    CRYPTO_ISOLATED = "crypto_isolated"
    CRYPTO_CROSS = "crypto_cross"


CRYPTO = frozenset({RulebookName.CRYPTO_ISOLATED, RulebookName.CRYPTO_CROSS})


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTable:
    """There is no table to margin this by, so that what it concerns is denied.

    symbol and field say of which position, and which of its fields is missing or not in a table.
    """

    table: str
    problem: str
    symbol: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the broker asks beyond the rules: multiples of the rules' rates, 1 or more.

    symbols holds multiples of single symbols, which count beside those of all.
    """

    initial: Decimal = ONE
    maintenance: Decimal = ONE
    symbols: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        multiples = {"initial": self.initial, "maintenance": self.maintenance, **self.symbols}
        for name, multiple in multiples.items():
            checked_decimal(multiple, field=f"house.{name}")
            if not ONE <= multiple <= 100:
                # Less than 1 would be less than the rules: no broker may ask that.
                raise InvalidValue(field=f"house.{name}", problem="must be between 1 and 100")

    def of(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return the multiples of a symbol's initial and maintenance rates."""
        own = self.symbols.get(symbol, ONE)
        return self.initial * own, self.maintenance * own


NO_HOUSE = House()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One version of one set of rules, from a day on.

    minimum_equity is what an account must be worth before it may borrow or sell short at all.
    call_days are the business days that a maintenance call may stand, intraday those of the
    intraday rule that holds beside it. taker_fee is what a liquidation order pays.
    """

    name: RulebookName
    since: date
    sources: tuple[str, ...]
    minimum_equity: Decimal = Decimal(0)
    call_days: int | None = None
    initial: EquityRates = NO_RATES
    maintenance: EquityRates = NO_RATES
    options: OptionRates | None = None
    stress: StressTable | None = None
    intraday: IntradayRule | None = None
    taker_fee: Decimal = Decimal(0)
    house: House = NO_HOUSE

    @property
    def version(self) -> str:
        """What tells it from the rulebook of the same name of another time."""
        return f"{self.name}@{self.since}"

    def with_house(self, house: House) -> "Rulebook":
        """Return the same rules with what a broker asks beyond them."""
        return replace(self, house=house)


def rulebook_of(name: str, *, on: date) -> Rulebook | NoTable:
    """Return the version of a rulebook that holds on a day, or say that there is none."""
    versions = [one for one in RULEBOOKS if one.name == name]
    if not versions:
        known = ", ".join(RulebookName)
        return NoTable(table=name, problem=f"there is no rulebook {name!r}; there are {known}")
    held = [one for one in versions if one.since <= on]
    if not held:
        first = min(one.since for one in versions)
        return NoTable(table=name, problem=f"{name} has no table before {first}, and {on} is")
    return max(held, key=lambda one: one.since)


def _reg_t(name: RulebookName, *, old: bool) -> Rulebook:
    """Pair the initial margin of Regulation T with the maintenance of Rule 4210 of a time."""
    finra = FINRA_OLD if old else FINRA_INTRADAY
    return Rulebook(
        name=name,
        since=finra.since,
        sources=("12 CFR 220.12", *finra.sources),
        minimum_equity=finra.minimum_equity,
        call_days=finra.call_days,
        initial=finra.initial,
        maintenance=finra.maintenance,
        options=finra.options,
        intraday=finra.intraday,
    )


RULEBOOKS: tuple[Rulebook, ...] = (
    Rulebook(
        name=RulebookName.CASH,
        since=CASH_TABLE.since,
        sources=CASH_TABLE.sources,
        initial=CASH_TABLE.initial,
    ),
    *(
        _reg_t(name, old=old)
        for name in (RulebookName.REG_T, RulebookName.FINRA_4210)
        for old in (True, False)
    ),
    Rulebook(
        name=RulebookName.PORTFOLIO,
        since=PORTFOLIO_TABLE.since,
        sources=PORTFOLIO_TABLE.sources,
        minimum_equity=PORTFOLIO_TABLE.minimum_equity,
        call_days=PORTFOLIO_TABLE.call_days,
        stress=PORTFOLIO_TABLE,
    ),
    *(
        Rulebook(
            name=name,
            since=date(2019, 9, 13),
            sources=(
                "Binance Futures: liquidation protocols, leverage and margin of USDT futures",
            ),
        )
        for name in (RulebookName.CRYPTO_ISOLATED, RulebookName.CRYPTO_CROSS)
    ),
)
