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


# value and limit, both in the rule's unit and the value never negative; or no value and
# the gap instead of the limit; or None when the value lies under the quiet share of the limit.
Measured = tuple[Decimal, Decimal] | tuple[None, Gap]
Measure = Measured | None


def _gap(code: str, missing: str) -> tuple[None, Gap]:
    return None, Gap(code, missing)


NO_INSTRUMENT = _gap("INSTRUMENT_UNKNOWN", "the instrument")
NO_QUOTE = _gap("QUOTE_MISSING", "a quote of the symbol")
NO_VALUE = _gap("VALUE_UNKNOWN", "a quote of the symbol and its price in the account's currency")
NO_EXPOSURE = _gap("EXPOSURE_UNKNOWN", "the price of every symbol that is held or rests")
NO_EQUITY = _gap("EQUITY_UNKNOWN", "the price of every position, in the account's currency")
DAY_UNKNOWN = "DAY_UNKNOWN"
NO_DAY = _gap(DAY_UNKNOWN, "the equity at the start of the current trading day")
NO_PEAK = _gap("PEAK_UNKNOWN", "a peak equity above zero")
NO_SECTOR = _gap(
    "SECTOR_UNKNOWN", "the sector of the symbol and of every one that is held or rests"
)
NO_SESSION = _gap("SESSION_UNKNOWN", "the trading calendar of the instrument")
NO_VOLUME = _gap("VOLUME_UNKNOWN", "the average daily volume of the last 20 days")
NO_REFERENCE = _gap("REFERENCE_UNKNOWN", "a price to measure the distance of its stop from")
NO_OWN_ORDERS = _gap("OWN_ORDERS_UNKNOWN", "the open orders of every account of the tenant")
NO_RETURNS = _gap(
    "RETURNS_UNKNOWN",
    "60 daily returns of the symbol and of every one that is held or rests, and their worth",
)
NO_ACTIVITY = _gap("ACTIVITY_UNKNOWN", "the account's executions and cancels back to the start")
NO_HISTORY = _gap("HISTORY_TOO_SHORT", "order messages back to the start of the window")


class Nature(Enum):
    """Whether a rule can hold back an order that only reduces."""

    EXPOSURE = "exposure"  # limits what is held and owed: a reducing order passes
    SIZE = "size"  # limits what one order opens: a reducing order passes
    RATE = "rate"  # limits how often: reducing orders have a budget of their own
    CONDUCT = "conduct"  # limits what may be sent, at which price and when: all must obey


class Check(Protocol):
    """One rule type, made with its threshold and parameters."""

    TYPE: ClassVar[RuleType]
    # What the threshold counts, in words; value and limit may be told in another unit.
    THRESHOLD: ClassVar[str]
    NATURE: ClassVar[Nature]
    CLAUSE: ClassVar[str]
    # Whether standing exactly at the limit is a breach already.
    STOPS_AT_LIMIT: ClassVar[bool]
    PARAMETERS: ClassVar[tuple[Parameter, ...]]

    @property
    def unit(self) -> str:
        """What value and limit count, in one word."""
        ...

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; raise InvalidValue for a threshold or parameter that is unfit.

        quiet is the share of the limit under which the check says nothing: 0.7 for the
        gate, which is told only what is an alert or worse, 0 to be told always.
        """
        ...

    def measure(self, effect: Effect) -> Measure:
        """Return the value that the order leads to and its limit, or the missing input."""
        ...
