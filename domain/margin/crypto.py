"""Assess perpetuals, isolated or cross margined, as the exchanges do.

Binance Futures, "How to Calculate Liquidation Price of USD-M Futures Contracts" and "Leverage and
Margin of USD-M Futures": the maintenance margin of a notional N in tier n is N r_n - cum_n, with
cum_n = cum_(n-1) + floor_n (r_n - r_(n-1)); the liquidation price is that of
(wallet + others' profit - others' maintenance + cum - s q entry) / (q r - s q), s = 1 for a long.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.margin.assessment import Assessment, PositionMargin
from domain.margin.book import MarginBook, MarginPosition, Tier
from domain.margin.groups import no_table
from domain.margin.rulebook import NoTable, Rulebook, RulebookName
from domain.market.instruments import AssetClass
from domain.shared.values import ONE, ZERO


def assess_crypto(book: MarginBook, *, rulebook: Rulebook, on: date) -> Assessment | NoTable:
    """Return the margin of perpetuals; NoTable for other things and for a symbol without tiers.

    Cross: one wallet stands behind all. Isolated: book.cash is the wallet set aside for each
    position, and no position answers for another.
    """
    for one in book.positions:
        if one.asset_class is not AssetClass.CRYPTO_PERP:
            return no_table(one, rulebook=rulebook)
        if not one.tiers:
            return NoTable(
                table=f"{rulebook.version}/tiers",
                symbol=one.symbol,
                field="tiers",
                problem=f"there are no maintenance tiers of {one.symbol} on {on}",
            )
    isolated = rulebook.name is RulebookName.CRYPTO_ISOLATED
    gains = [_gain(one) for one in book.positions]
    held = [_maintenance(one, rulebook) for one in book.positions]
    gained, needed = sum(gains, ZERO), sum(held, ZERO)
    wallets = book.cash * (max(len(gains), 1) if isolated else 1)
    positions = tuple(
        _position(
            one,
            maintenance=need,
            behind=book.cash if isolated else book.cash + gained - gain - (needed - need),
            rulebook=rulebook,
        )
        for one, gain, need in zip(book.positions, gains, held, strict=True)
    )
    initial = sum((one.initial for one in positions), ZERO)
    return Assessment(
        rulebook=rulebook,
        equity=wallets + gained,
        initial=initial,
        maintenance=needed,
        deposit=initial,
        sma=ZERO,
        minimum_equity=rulebook.minimum_equity,
        each=lambda: positions,
    )


def amounts(tiers: Sequence[Tier]) -> tuple[Decimal, ...]:
    """Return what each tier's rate asks too much of the notional below it: cum."""
    found = [ZERO]
    for lower, upper in pairwise(tiers):
        found.append(found[-1] + upper.floor * (upper.rate - lower.rate))
    return tuple(found)


def _gain(one: MarginPosition) -> Decimal:
    # Without an entry price it is opened at its price now.
    return ZERO if one.entry_price is None else one.value - _entered(one)


def _entered(one: MarginPosition) -> Decimal:
    entry = one.price if one.entry_price is None else one.entry_price
    return one.quantity * one.multiplier * entry


def _maintenance(one: MarginPosition, rulebook: Rulebook) -> Decimal:
    notional = abs(one.value)
    need = ZERO
    for tier, cum in zip(one.tiers, amounts(one.tiers), strict=True):
        if notional >= tier.floor:
            need = notional * tier.rate - cum
    return need * rulebook.house.of(one.symbol)[1] + notional * rulebook.taker_fee


def _position(
    one: MarginPosition, *, maintenance: Decimal, behind: Decimal, rulebook: Rulebook
) -> PositionMargin:
    opening = abs(one.value) / one.leverage * rulebook.house.of(one.symbol)[0]
    return PositionMargin(
        position=one,
        value=one.value,
        initial=max(opening, maintenance),
        maintenance=maintenance,
        liquidation_price=_liquidation(one, behind=behind, rulebook=rulebook),
    )


def _liquidation(one: MarginPosition, *, behind: Decimal, rulebook: Rulebook) -> Decimal | None:
    """Return the price at which what stands behind a position is its maintenance margin.

    Rates rise with the notional and stay below 1, so that one price at most is right: that whose
    notional lies in the tier that it was worked out with. None where even a price of 0 leaves
    enough.
    """
    if not one.quantity:
        return None
    size, signed = abs(one.quantity) * one.multiplier, one.quantity * one.multiplier
    multiple = rulebook.house.of(one.symbol)[1]
    for floor, ceiling, rate, cum in _pieces(one.tiers):
        share = rate * multiple + rulebook.taker_fee
        if signed > ZERO and share >= ONE:
            continue
        price = (behind + cum * multiple - _entered(one)) / (size * share - signed)
        notional = price * size
        if notional > ZERO and notional >= floor and (ceiling is None or notional <= ceiling):
            return price
    return None


def _pieces(
    tiers: Sequence[Tier],
) -> Iterator[tuple[Decimal, Decimal | None, Decimal, Decimal]]:
    ceilings = [*(one.floor for one in tiers[1:]), None]
    for tier, ceiling, cum in zip(tiers, ceilings, amounts(tiers), strict=True):
        yield tier.floor, ceiling, tier.rate, cum
