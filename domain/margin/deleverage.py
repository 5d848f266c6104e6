"""Plan what to close so that an account's margin buffer reaches a target, at least cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.margin.least_cost import Lots, choose_lots
from domain.shared.values import ONE, ZERO, InvalidValue, plain

# What trading a unit is taken to move the price by, as a share of it, where the volatility or
# the volume that would say so is unknown: such a holding is given up late, not first.
IMPACT_UNKNOWN = Decimal("0.05")
# Of choices of equal cost the one with the least turnover is taken, and losers count for less.
_PREFERENCE = 1e-9
# How much more is asked of the choice than exactly what is needed, for floats are not exact.
_MARGIN = 1e-9
# A requirement that does not fall in proportion is met by asking for more, so often.
_TRIES = 12

# The maintenance margin that the rulebook asks for these quantities, None where it cannot say.
MaintenanceOf = Callable[[Mapping[str, Decimal]], Decimal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position that may be reduced, per unit in the account's currency, multiplier included.

    half_spread and tax are what closing one unit costs; impact is volatility of a day as a
    share of the price, adv the units that trade in a day, either None where unknown.
    """

    symbol: str
    quantity: Decimal
    lot: Decimal
    value: Decimal
    half_spread: Decimal = ZERO
    tax: Decimal = ZERO
    volatility: Decimal | None = None
    volume: Decimal | None = None
    # Gain or loss so far as a share of what was paid.
    profit: Decimal = ZERO
    # Units that orders at rest would close already.
    busy: Decimal = ZERO
    # The maintenance margin that a unit frees, where it is the same for every unit.
    frees: Decimal | None = None

    @property
    def lots(self) -> int:
        """How many whole lots may be given up."""
        return max(int((abs(self.quantity) - self.busy) // self.lot), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """Units of one symbol to close, and what that is expected to cost and to free."""

    symbol: str
    # Signed as the order: negative sells.
    quantity: Decimal
    spread_cost: Decimal
    impact_cost: Decimal
    tax: Decimal

    @property
    def cost(self) -> Decimal:
        """What it takes; tax that is saved is told, and not sought."""
        return self.trading + max(self.tax, ZERO)

    @property
    def trading(self) -> Decimal:
        """What comes off the account's equity."""
        return self.spread_cost + self.impact_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Reductions:
    """What to close, losers first, and where that leads; least: nothing cheaper does it.

    buffer_after and maintenance_after are as of the prices of the plan, trading costs paid.
    """

    target: Decimal
    steps: tuple[Reduction, ...]
    cost: Decimal
    equity_after: Decimal
    maintenance_after: Decimal
    least: bool

    @property
    def buffer_after(self) -> Decimal:
        """What is left above the maintenance margin, as a share of equity."""
        return (self.equity_after - self.maintenance_after) / self.equity_after


@dataclass(frozen=True, slots=True)
class NoReductions:
    """There is no such plan, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class TargetMet:
    """Nothing has to be closed: the buffer is at its target or above."""


def checked_target(target: Decimal) -> Decimal:
    """Return the target buffer; raises InvalidValue outside 0 to below 1."""
    if not (target.is_finite() and ZERO <= target < ONE):
        raise InvalidValue(
            field="target_buffer", problem="must be a share of equity, at least 0 and below 1"
        )
    return target


def plan_reductions(
    holdings: Sequence[Holding], *, equity: Decimal, maintenance_of: MaintenanceOf, target: Decimal
) -> Reductions | NoReductions | TargetMet:
    """Return the least costly reductions after which (equity - maintenance) / equity >= target.

    Whole lots only; a position never grows or turns. Spread and impact come off equity, impact
    as value x volatility x sqrt(units / daily volume). Exact where the requirement falls in
    proportion to what is closed, as a strategy-based rulebook's does without pairs.
    """
    checked_target(target)
    held = {one.symbol: one.quantity for one in holdings}
    before = maintenance_of(held)
    if before is None:
        return NoReductions("the rulebook cannot say what margin the book takes")
    if equity <= ZERO:
        return NoReductions(
            f"equity is {plain(equity)}: a deposit brings it above zero, closing positions does not"
        )
    if before <= (ONE - target) * equity:
        return TargetMet()
    problem = _Problem(holdings, before=before, maintenance_of=maintenance_of, target=target)
    needed = before - (ONE - target) * equity
    asked = float(needed) + _MARGIN * float(max(equity, before))
    least = True
    for _ in range(_TRIES):
        chosen = choose_lots(problem.items, needed=asked)
        if chosen is None:
            break
        found = _reached(problem.steps(chosen.lots), problem, equity, least and chosen.least)
        if isinstance(found, Reductions):
            return found
        least = False
        # It falls by less than in proportion: ask for as much more as is missing.
        asked += max(float(found), _MARGIN * float(before)) * 1.01
    everything = _reached(problem.steps(problem.most), problem, equity, least=False)
    if isinstance(everything, Reductions):
        return everything
    return NoReductions(problem.why(equity))


class _Problem:
    """The holdings as lots to choose from, and what a choice comes to in exact figures."""

    def __init__(
        self,
        holdings: Sequence[Holding],
        *,
        before: Decimal,
        maintenance_of: MaintenanceOf,
        target: Decimal,
    ) -> None:
        self.holdings = sorted(holdings, key=lambda one: (one.profit, one.symbol))
        self.target = target
        self.maintenance_of = maintenance_of
        held = {one.symbol: one.quantity for one in holdings}
        self.most = [one.lots for one in self.holdings]
        self.items = [
            _lots(one, most, freed=_freed(one, held, before, maintenance_of), target=target)
            for one, most in zip(self.holdings, self.most, strict=True)
        ]

    def steps(self, lots: Sequence[int]) -> tuple[Reduction, ...]:
        """Return the reductions of a choice, losers first."""
        return tuple(
            _reduction(one, units=one.lot * n)
            for one, n in zip(self.holdings, lots, strict=True)
            if n
        )

    def why(self, equity: Decimal) -> str:
        """Say why no choice reaches the target."""
        busy = [one.symbol for one in self.holdings if one.busy]
        stuck = [one.symbol for one in self.holdings if abs(one.quantity) % one.lot]
        costs = sum((step.trading for step in self.steps(self.most)), ZERO)
        if costs >= equity:
            return f"closing everything would cost {plain(costs.quantize(_CENT))} of the equity"
        if busy:
            return f"orders that rest would close {', '.join(busy)}: cancel them first"
        if stuck:
            return f"less than a lot is left of {', '.join(stuck)}, which no order can close"
        return f"not even closing every position that may be leads to {plain(self.target)}"


_CENT = Decimal("0.01")


def _reached(
    steps: tuple[Reduction, ...], problem: _Problem, equity: Decimal, least: bool
) -> Reductions | Decimal:
    """Return where the steps lead, or how much maintenance margin is still too much."""
    after = {one.symbol: one.quantity for one in problem.holdings}
    for step in steps:
        after[step.symbol] += step.quantity
    left = equity - sum((step.trading for step in steps), ZERO)
    maintenance = problem.maintenance_of(after)
    if maintenance is None:
        return equity
    if left <= ZERO or maintenance > (ONE - problem.target) * left:
        return maintenance - (ONE - problem.target) * left
    return Reductions(
        target=problem.target,
        steps=steps,
        cost=sum((step.cost for step in steps), ZERO),
        equity_after=left,
        maintenance_after=maintenance,
        least=least,
    )


def _freed(
    one: Holding, held: Mapping[str, Decimal], before: Decimal, maintenance_of: MaintenanceOf
) -> Decimal:
    """Return the maintenance margin that a unit frees, on average over the whole position."""
    if not one.quantity:
        return ZERO
    if one.frees is not None:
        return one.frees
    without = maintenance_of({**held, one.symbol: ZERO})
    return ZERO if without is None else (before - without) / abs(one.quantity)


def _lots(one: Holding, most: int, *, freed: Decimal, target: Decimal) -> Lots:
    lot, value = float(one.lot), float(one.value)
    impact, spread = 0.0, float(one.half_spread)
    if one.volatility is not None and one.volume:
        impact = value * float(one.volatility) * (lot / float(one.volume)) ** 0.5
    else:
        spread += value * float(IMPACT_UNKNOWN)
    losing = min(max(float(one.profit), -1.0), 1.0)
    return Lots(
        most=most,
        frees=lot * float(freed),
        spread=lot * spread,
        impact=lot * impact,
        tax=lot * max(float(one.tax), 0.0),
        preference=lot * value * (2 + losing) * _PREFERENCE,
        paid=float(ONE - target),
    )


def _reduction(one: Holding, *, units: Decimal) -> Reduction:
    if one.volatility is not None and one.volume:
        share = one.volatility * (units / one.volume).sqrt()
    else:
        share = IMPACT_UNKNOWN
    return Reduction(
        symbol=one.symbol,
        quantity=-units if one.quantity > ZERO else units,
        spread_cost=_money(units * one.half_spread, up=True),
        impact_cost=_money(units * one.value * share, up=True),
        tax=_money(units * one.tax, up=one.tax > ZERO),
    )


def _money(amount: Decimal, *, up: bool) -> Decimal:
    """Return an amount to the places that storage keeps: a cost never less than it is."""
    return amount.quantize(Decimal("1E-8"), ROUND_CEILING if up else ROUND_FLOOR)
