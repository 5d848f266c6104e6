"""Say how books and their margin look in requests and answers."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from adapters.http.problems import unfit
from adapters.http.reading import Amount
from adapters.http.wire import Symbol, rounded, text_of
from domain.margin.assessment import Assessment, Pairing, PositionMargin
from domain.margin.book import NAME_MAX, MarginBook, MarginPosition, Tier
from domain.margin.rulebook import CRYPTO, Rulebook, RulebookName
from domain.market.instruments import AssetClass, OptionRight, OptionTerms
from domain.shared.values import ONE, inside

V = TypeVar("V", bound=msgspec.Struct)

POSITIONS_MAX = 500
# What a listed contract covers, where nothing else is said.
CONTRACT = Decimal(100)
_ONE = Amount("1")
_TERMS = ("underlying", "right", "strike", "expiry")


class TierBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The maintenance rate of a perpetual's notional from floor on, a fraction."""

    floor: Amount
    rate: Amount


class PositionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A position: quantity is signed, price is per unit.

    multiplier is 100 for an option and 1 for all else where it is left out. leverage is a
    perpetual's, and the daily factor of a leveraged fund.
    """

    symbol: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAX)]
    asset_class: AssetClass
    quantity: Amount
    price: Amount
    multiplier: Amount | None = None
    underlying: Symbol | None = None
    underlying_price: Amount | None = None
    right: OptionRight | None = None
    strike: Amount | None = None
    expiry: date | None = None
    broad_index: bool = False
    entry_price: Amount | None = None
    leverage: Amount = _ONE
    tiers: list[TierBody] = []

    def position(self) -> MarginPosition:
        """Return the position; raises InvalidValue and the problem of a field."""
        tiers = []
        for at, one in enumerate(self.tiers):
            with inside(f"tiers.{at}"):
                tiers.append(Tier(floor=one.floor, rate=one.rate))
        is_option = self.asset_class is AssetClass.OPTION
        usual = CONTRACT if is_option else ONE
        return MarginPosition(
            symbol=self.symbol,
            quantity=self.quantity,
            price=self.price,
            asset_class=self.asset_class,
            multiplier=usual if self.multiplier is None else self.multiplier,
            option=self._terms() if is_option else None,
            underlying_price=self.underlying_price,
            entry_price=self.entry_price,
            leverage=self.leverage,
            tiers=tuple(tiers),
        )

    def _terms(self) -> OptionTerms:
        return OptionTerms(
            underlying=self.underlying or "",
            right=self.right or OptionRight.CALL,
            strike=self.strike or Decimal(0),
            expiry=self.expiry or date.max,
            broad_index=self.broad_index,
        )

    def check(self, at: int) -> None:
        """Raise the problem of a field that this kind of position needs, or does not have."""
        is_option = self.asset_class is AssetClass.OPTION
        for name in _TERMS:
            if (getattr(self, name) is None) is is_option:
                wanted = "is required for" if is_option else "belongs to"
                raise unfit(f"/positions/{at}/{name}", f"{wanted} an option")
        if self.broad_index and not is_option:
            raise unfit(f"/positions/{at}/broad_index", "belongs to an option")
        if self.tiers and self.asset_class is not AssetClass.CRYPTO_PERP:
            raise unfit(f"/positions/{at}/tiers", "belong to a crypto_perp")


class WhatIfBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A book to margin: cash, or for the crypto rulebooks wallet, and positions."""

    rulebook: RulebookName
    as_of: date
    positions: Annotated[list[PositionBody], Meta(max_length=POSITIONS_MAX)]
    cash: Amount | None = None
    wallet: Amount | None = None

    def book(self) -> MarginBook:
        """Return the book; raises InvalidValue and the problem of a field."""
        own, other = ("wallet", "cash") if self.rulebook in CRYPTO else ("cash", "wallet")
        cash: Decimal | None = getattr(self, own)
        if cash is None:
            raise unfit(f"/{own}", f"is required by {self.rulebook}")
        if getattr(self, other) is not None:
            raise unfit(f"/{other}", f"{self.rulebook} takes {own}")
        positions = []
        for at, one in enumerate(self.positions):
            one.check(at)
            with inside(f"positions.{at}"):
                positions.append(one.position())
        return MarginBook(cash=cash, positions=tuple(positions))


class PositionMarginView(msgspec.Struct):
    """What one position needs, and at which price the account is called or liquidated.

    Distances are from its price to that one: in percent; in standard deviations of a day, and in
    days until a driftless walk has touched it with a probability of 5 %, where its prices are
    known.
    """

    symbol: str
    quantity: str
    price: str
    value: str
    initial: str
    maintenance: str
    call_price: str | None
    liquidation_price: str | None
    distance_percent: str | None
    distance_sigmas: float | None
    distance_days: float | None


class LegView(msgspec.Struct):
    """A part of a position."""

    symbol: str
    quantity: str


class PairingView(msgspec.Struct):
    """Legs that are margined as one: requirement is what the manuals print, premiums in it.

    initial counts what the long legs cost, maintenance is at present prices.
    """

    strategy: str
    legs: list[LegView]
    requirement: str
    initial: str
    maintenance: str


class AssessmentView(msgspec.Struct):
    """A book's margin; deposit is initial less the proceeds of what is short.

    buffer is (equity - maintenance) / equity, null without equity; excess is equity less
    maintenance, available equity less deposit.
    """

    rulebook: str
    equity: str
    initial: str
    maintenance: str
    deposit: str
    buffer: str | None
    excess: str
    available: str
    sma: str
    minimum_equity: str
    positions: list[PositionMarginView]
    pairings: list[PairingView]


class RulebookView(msgspec.Struct):
    """A version of a rulebook: since when it holds, and where it is written."""

    name: str
    version: str
    since: str
    sources: list[str]
    minimum_equity: str
    call_days: int | None
    long_initial: str | None
    long_maintenance: str | None
    short_initial: str | None
    short_maintenance: str | None


class RulebookList(msgspec.Struct):
    """Every version of every rulebook, the newest last."""

    items: list[RulebookView]


def assessment_view(one: Assessment) -> AssessmentView:
    """Show an assessment."""
    return AssessmentView(
        rulebook=one.rulebook.version,
        equity=rounded(one.equity),
        initial=rounded(one.initial),
        maintenance=rounded(one.maintenance),
        deposit=rounded(one.deposit),
        buffer=rounded(one.buffer),
        excess=rounded(one.excess),
        available=rounded(one.available),
        sma=rounded(one.sma),
        minimum_equity=rounded(one.minimum_equity),
        positions=[margin_of_position(each, view=PositionMarginView) for each in one.positions],
        pairings=[_pairing_view(each) for each in one.pairings],
    )


def margin_of_position(one: PositionMargin, *, view: Callable[..., V]) -> V:
    """Fill the view of a position, of a book that is tried or of one that is held."""
    distance = one.distance
    return view(
        symbol=one.symbol,
        quantity=text_of(one.position.quantity),
        price=text_of(one.position.price),
        value=rounded(one.value),
        initial=rounded(one.initial),
        maintenance=rounded(one.maintenance),
        call_price=rounded(one.call_price),
        liquidation_price=rounded(one.liquidation_price),
        distance_percent=None if distance is None else rounded(distance.percent),
        distance_sigmas=None if distance is None else distance.sigmas,
        distance_days=None if distance is None else distance.days,
    )


def _pairing_view(one: Pairing) -> PairingView:
    return PairingView(
        strategy=one.strategy.value,
        legs=[LegView(leg.symbol, text_of(leg.quantity)) for leg in one.legs],
        requirement=rounded(one.requirement),
        initial=rounded(one.initial),
        maintenance=rounded(one.maintenance),
    )


def rulebook_view(one: Rulebook) -> RulebookView:
    """Show a version; rates are shares of value, null where it has none of its own."""
    has_rates = one.initial.long > 0
    holds = one.maintenance if has_rates else None
    return RulebookView(
        name=one.name.value,
        version=one.version,
        since=one.since.isoformat(),
        sources=list(one.sources),
        minimum_equity=text_of(one.minimum_equity),
        call_days=one.call_days,
        long_initial=text_of(one.initial.long) if has_rates else None,
        long_maintenance=None if holds is None else text_of(holds.long),
        short_initial=text_of(one.initial.short) if has_rates else None,
        short_maintenance=None if holds is None else text_of(holds.short),
    )
