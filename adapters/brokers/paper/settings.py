"""Hold how the paper venue behaves: costs, liquidity, hours and limits."""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from domain.orders.terms import Side
from domain.shared.values import ONE, ZERO, InvalidValue, checked_decimal, positive_decimal
from ports.broker import BrokerTraits, DeadMan, Dedup

# What a paper broker is called that is given no other name.
NAME = "paper"
# What the venue's timer can be set to.
DEAD_MAN = DeadMan(seconds_min=1.0, seconds_max=3_600.0, keeps_reducing=True)

_HUNDRED = Decimal(100)
# Commissions keep eight places: fine enough for any currency, and storable.
_COMMISSION_STEP = Decimal("0.00000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionPerShare:
    """Charge per unit, with a minimum per order, both in the instrument's currency."""

    rate: Decimal
    minimum: Decimal = ZERO

    def __post_init__(self) -> None:
        _not_negative(self.rate, field="rate")
        _not_negative(self.minimum, field="minimum")

    def owed(self, *, quantity: Decimal, notional: Decimal) -> Decimal:
        """Return what an order owes in all, once `quantity` of it has filled."""
        del notional
        return _to_step(max(self.minimum, self.rate * quantity))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionPercent:
    """Charge a percentage of the notional."""

    percent: Decimal

    def __post_init__(self) -> None:
        _not_negative(self.percent, field="percent")

    def owed(self, *, quantity: Decimal, notional: Decimal) -> Decimal:
        """Return what an order owes in all, once `notional` of it has filled."""
        del quantity
        return _to_step(abs(notional) * self.percent / _HUNDRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlippageTicks:
    """Move a taker's price against it by whole ticks."""

    ticks: Decimal

    def __post_init__(self) -> None:
        _not_negative(self.ticks, field="ticks")

    def slipped(self, *, price: Decimal, side: Side, tick: Decimal) -> Decimal:
        """Return the taker's price."""
        moved = self.ticks * tick
        return price + moved if side is Side.BUY else price - moved


@dataclass(frozen=True, slots=True, kw_only=True)
class SlippagePercent:
    """Move a taker's price against it by a percentage, rounded to the worse tick."""

    percent: Decimal

    def __post_init__(self) -> None:
        _not_negative(self.percent, field="percent")

    def slipped(self, *, price: Decimal, side: Side, tick: Decimal) -> Decimal:
        """Return the taker's price."""
        moved = abs(price) * self.percent / _HUNDRED
        if side is Side.BUY:
            return ((price + moved) / tick).to_integral_value(ROUND_CEILING) * tick
        return ((price - moved) / tick).to_integral_value(ROUND_FLOOR) * tick


Commission = CommissionPerShare | CommissionPercent
Slippage = SlippageTicks | SlippagePercent


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSettings:
    """How the venue fills, charges and limits.

    participation: the largest fraction of a Traded event's volume that all our orders
    share. quote_size: units that each side of a quote offers until the next quote, and
    that an auction offers; None is unlimited. always_open: calendars that never close.
    tag goes into order and trade ids, so that two venues never issue the same ones.
    """

    name: str = NAME
    tag: str = "P"
    dedup: Dedup = Dedup.FULL
    settle_horizon_s: float = 5.0
    participation: Decimal = Decimal("0.1")
    quote_size: Decimal | None = Decimal(10_000)
    slippage: Slippage = field(default_factory=lambda: SlippageTicks(ticks=ZERO))
    commission: Commission = field(default_factory=lambda: CommissionPerShare(rate=ZERO))
    always_open: frozenset[str] = frozenset({"24/7"})
    # Symbols that the instruments do not know, or all when there are none, trade on this.
    default_calendar: str = "XNYS"
    open_orders_max: int = 1000
    retained_orders: int = 10_000
    retained_reports: int = 20_000
    # With dedup full every id is remembered for ever; at this many the venue refuses.
    remembered_ids_max: int = 1_000_000

    def __post_init__(self) -> None:
        positive_decimal(self.participation, field="participation")
        if self.participation > ONE:
            raise InvalidValue(field="participation", problem="must be a fraction, at most 1")
        if self.quote_size is not None:
            positive_decimal(self.quote_size, field="quote_size")
        for name in (
            "open_orders_max",
            "retained_orders",
            "retained_reports",
            "remembered_ids_max",
        ):
            if getattr(self, name) < 1:
                raise InvalidValue(field=name, problem="must be at least 1")
        if not 0 <= self.settle_horizon_s < float("inf"):
            raise InvalidValue(field="settle_horizon_s", problem="must be 0 or more, and finite")


def traits_of(own: PaperSettings) -> BrokerTraits:
    """Return what may be relied on with a venue of these settings."""
    return BrokerTraits(
        name=own.name,
        dedup=own.dedup,
        settle_horizon_s=own.settle_horizon_s,
        native_reduce_only=True,
        open_orders_max=own.open_orders_max,
        protective_limits=True,
        dead_man=DEAD_MAN,
        cancel_all=True,
    )


def _not_negative(value: Decimal, *, field: str) -> None:
    checked_decimal(value, field=field)
    if value < ZERO:
        raise InvalidValue(field=field, problem=f"must be 0 or more, not {value}")


def _to_step(value: Decimal) -> Decimal:
    return value.quantize(_COMMISSION_STEP, ROUND_HALF_EVEN)
