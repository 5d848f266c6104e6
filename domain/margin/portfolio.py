"""Assess a portfolio margin account: the worst of ten moves of each underlying."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.margin.assessment import Assessment, Leg, Pairing, Strategy
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.equities import ShareRates
from domain.margin.groups import Split, split_book
from domain.margin.needs import Needs, Sums, assessed, needs_of_group
from domain.margin.rulebook import NoTable, Rulebook
from domain.margin.tables import EquityRates, StressTable
from domain.options.black_scholes import EuropeanOption
from domain.shared.values import CENT, LARGEST, ONE, ZERO

_DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Priced:
    """An option with the volatility that its price implies."""

    position: MarginPosition
    option: EuropeanOption
    volatility: float

    def change(self, spot: Decimal, moved: Decimal) -> Decimal:
        """Return what the position gains when its underlying moves from one price to another."""
        position = self.position
        change = Decimal(self._value(float(moved)) - self._value(float(spot)))
        return change * position.quantity * position.multiplier

    def _value(self, spot: float) -> float:
        value = self.option.value(spot, volatility=self.volatility)
        if self.position.option is not None and self.position.option.broad_index:
            return value
        # Options on shares can be exercised any day, and so are never worth less than that.
        return max(value, self.option.exercised(spot))


def assess_portfolio(book: MarginBook, *, rulebook: Rulebook, on: date) -> Assessment | NoTable:
    """Return the margin of FINRA Rule 4210(g); NoTable for what cannot be valued.

    Shares and options of one underlying are a class group: valued at ten equidistant moves of it,
    every volatility held, gains against losses; the worst loss is what the group needs, and at
    least $.375 a unit that its options cover. Groups are not set against each other.
    """
    stress = rulebook.stress
    split = split_book(book, rulebook=rulebook, on=on)
    if isinstance(split, NoTable) or stress is None:
        return split if isinstance(split, NoTable) else _no_stress(rulebook)
    needs = [_alone(one, stress, rulebook) for one in split.shares]
    pairings: list[Pairing] = []
    for underlying, options in split.options.items():
        priced: list[_Priced] = []
        for one in options:
            spot = split.spots[underlying]
            found = _priced(one, spot=spot, rulebook=rulebook, stress=stress, on=on)
            if isinstance(found, NoTable):
                return found
            priced.append(found)
        pairing = _group(underlying, priced, split, rulebook=rulebook, stress=stress)
        held = split.hedging.get(underlying)
        positions = options if held is None else (*options, held)
        pairings.append(pairing)
        needs += needs_of_group(positions, pairings=(pairing,), opens=pairing.initial)
    return assessed(
        book,
        Sums().plus(needs),
        needs=lambda: needs,
        rulebook=rulebook,
        pairings=tuple(pairings),
        # The losses are those from present values: proceeds were never counted in.
        deposit=sum((one.opens for one in needs), ZERO),
    )


def moves(stress: StressTable, *, broad_index: bool) -> tuple[Decimal, ...]:
    """Return the moves of an underlying, as shares of its price, in equal steps."""
    low, high = stress.broad_index if broad_index else stress.share
    step = (high - low) / (stress.points - 1)
    return tuple(low + step * at for at in range(stress.points))


def _no_stress(rulebook: Rulebook) -> NoTable:
    return NoTable(table=rulebook.version, problem="there is no table of price moves")


def _alone(position: MarginPosition, stress: StressTable, rulebook: Rulebook) -> Needs:
    low, high = stress.share
    rates = ShareRates(
        rates=EquityRates(long=-low, short=high),
        multiple=rulebook.house.of(position.symbol)[1],
        factor=position.leverage,
    )
    each = rates.short(position.price) if position.quantity < ZERO else rates.long(position.price)
    need = each * abs(position.quantity) * position.multiplier
    return Needs(position=position, value=position.value, opens=need, holds=need, rates=rates)


def _priced(
    position: MarginPosition,
    *,
    spot: Decimal,
    rulebook: Rulebook,
    stress: StressTable,
    on: date,
) -> _Priced | NoTable:
    terms = position.option
    if terms is None:
        raise LookupError(f"{position.symbol} is no option")
    option = EuropeanOption(
        right=terms.right,
        strike=float(terms.strike),
        years=(terms.expiry - on).days / _DAYS_A_YEAR,
        rate=stress.rate,
    )
    volatility = option.volatility(float(position.price), spot=float(spot))
    if volatility is None:
        return NoTable(
            table=f"{rulebook.version}/volatility",
            symbol=position.symbol,
            field="price",
            problem=f"no volatility explains {position.symbol} at {position.price}",
        )
    return _Priced(position=position, option=option, volatility=volatility)


def _group(
    underlying: str,
    priced: Iterable[_Priced],
    split: Split,
    *,
    rulebook: Rulebook,
    stress: StressTable,
) -> Pairing:
    priced = tuple(priced)
    spot, held = split.spots[underlying], split.hedging.get(underlying)
    index = any(one.position.option and one.position.option.broad_index for one in priced)
    worst = ZERO
    for move in moves(stress, broad_index=index):
        change = sum((one.change(spot, spot * (ONE + move)) for one in priced), ZERO)
        if held is not None:
            change += held.value * move * held.leverage
        worst = max(worst, -change)
    positions = [one.position for one in priced]
    covered = sum((abs(one.quantity) * one.multiplier for one in positions), ZERO)
    if worst < LARGEST:
        # Values are floats: to the cent, upwards. What is larger has no room for cents.
        worst = worst.quantize(CENT, rounding="ROUND_UP")
    need = max(worst, covered * stress.contract_least)
    need *= rulebook.house.of(underlying)[1]
    legs = [*positions, *(() if held is None else (held,))]
    return Pairing(
        strategy=Strategy.CLASS_GROUP,
        legs=tuple(Leg(symbol=one.symbol, quantity=one.quantity) for one in legs),
        requirement=need,
        initial=need,
        maintenance=need,
    )
