"""Hold what a rule says of an order: a value against a limit, or the input it misses."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Protocol, Self

from domain.risk.effect import Effect
from domain.risk.parameters import Parameter
from domain.risk.rule import Parameters, RuleType


@dataclass(frozen=True, slots=True)
class Gap:
    """An input that a check needs and that is not there: the order is denied."""

    code: str
    missing: str


NO_INSTRUMENT = Gap("INSTRUMENT_UNKNOWN", "the instrument")
NO_QUOTE = Gap("QUOTE_MISSING", "a quote of the symbol")
NO_VALUE = Gap("VALUE_UNKNOWN", "a quote of the symbol and its price in the account's currency")
NO_EXPOSURE = Gap("EXPOSURE_UNKNOWN", "the price of every symbol that is held or rests")
NO_EQUITY = Gap("EQUITY_UNKNOWN", "the price of every position, in the account's currency")
NO_DAY = Gap("DAY_UNKNOWN", "the equity at the start of the current trading day")
NO_PEAK = Gap("PEAK_UNKNOWN", "a peak equity above zero")
NO_SECTOR = Gap("SECTOR_UNKNOWN", "the sector of the symbol and of every one that is held or rests")
NO_SESSION = Gap("SESSION_UNKNOWN", "the trading calendar of the instrument")
NO_VOLUME = Gap("VOLUME_UNKNOWN", "the average daily volume of the last 20 days")
NO_HISTORY = Gap("HISTORY_TOO_SHORT", "order messages back to the start of the window")

# value, limit: both in the rule's unit.
Measure = tuple[Decimal, Decimal] | Gap


class Nature(Enum):
    """Whether a rule can hold back an order that only reduces."""

    EXPOSURE = "exposure"  # limits what is held and owed: a reducing order passes
    CONDUCT = "conduct"  # limits how orders are sent: every order must obey


class Check(Protocol):
    """One rule type, made with its threshold and parameters."""

    TYPE: ClassVar[RuleType]
    NATURE: ClassVar[Nature]
    UNIT: ClassVar[str]
    CLAUSE: ClassVar[str]
    # Whether standing exactly at the limit is a breach already.
    STOPS_AT_LIMIT: ClassVar[bool]
    PARAMETERS: ClassVar[tuple[Parameter, ...]]

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters) -> Self:
        """Make the check; raise InvalidValue for a threshold or parameter that is unfit."""
        ...

    def measure(self, effect: Effect) -> Measure:
        """Return the value that the order leads to and its limit, or the missing input."""
        ...
