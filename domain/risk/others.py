"""Count what accounts of a tenant come to together, for the rules that count all of them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.risk.book_view import BookView
from domain.risk.effect import Effect
from domain.risk.measure import Gap, Measure
from domain.risk.situation import AccountSums
from domain.shared.values import ZERO

RATE_UNKNOWN = "RATE_UNKNOWN"
NO_OTHERS = Gap("OTHERS_UNKNOWN", "the books of the tenant's other accounts")

_Ask = Callable[[Effect], Measure]


def sums_of(
    views: Iterable[BookView], *, currency: str, symbol: str, sector: str, since: date | None
) -> AccountSums:
    """Sum the accounts' figures in that currency, the symbol's and the sector's among them.

    An opening equity from before `since` counts as missing. Nothing is converted: money of an
    account in another currency is missing, and the account is named; nothing is nothing in
    every currency.
    """
    sums: dict[str, Decimal | None] = dict.fromkeys(
        ("equity", "opening_equity", "gross", "value", "sector_gross"), ZERO
    )
    units, open_positions, foreign = ZERO, 0, ""
    for view in views:
        figures, day, line = view.account, view.book.day, view.lines.get(symbol)
        open_positions += figures.open_positions
        if line is not None:
            held = line.figures.position
            units += max(abs(held + line.figures.buys), abs(held - line.figures.sells))
        behind = day is None or (since is not None and day.date < since)
        added = {
            "equity": figures.equity,
            "opening_equity": None if behind else figures.opening_equity,
            "gross": figures.gross,
            "value": line.figures.gross if line is not None else ZERO,
            "sector_gross": view.sectors.get(sector, ZERO) if view.sectors is not None else None,
        }
        if figures.currency != currency:
            if any(added.values()):
                foreign = foreign or f"account {view.book.account.id} in {figures.currency}"
            added = {name: amount if amount == ZERO else None for name, amount in added.items()}
        sums = {name: _plus(amount, added[name]) for name, amount in sums.items()}
    return AccountSums(**sums, units=units, open_positions=open_positions, foreign=foreign)


def over_all_accounts(ask: _Ask) -> _Ask:
    """Return the measure of a rule over all accounts of the tenant, from that over one."""

    def asked(effect: Effect) -> Measure:
        others = effect.situation.others
        if others is None:
            return None, NO_OTHERS
        told = ask(_with(effect, others))
        if told is None or told[0] is not None:
            return told
        alone = ask(effect)
        if alone is not None and alone[0] is None:
            return alone
        if others.foreign:
            return None, Gap(RATE_UNKNOWN, f"an exchange rate for {others.foreign}")
        gap = told[1]
        return None, Gap(gap.code, f"{gap.missing}, in every account of the tenant")

    return asked


def _with(effect: Effect, others: AccountSums) -> Effect:
    """Return the effect with what the other accounts come to added to each sum."""
    situation = effect.situation
    account = situation.account
    whole = Effect()
    for name in Effect.__slots__:
        setattr(whole, name, getattr(effect, name))
    whole.situation = replace(
        situation,
        account=replace(
            account,
            equity=_plus(account.equity, others.equity),
            opening_equity=_plus(account.opening_equity, others.opening_equity),
            gross=_plus(account.gross, others.gross),
            open_positions=account.open_positions + others.open_positions,
        ),
    )
    whole.position_after = abs(effect.position_after) + others.units
    own = effect.position_value_after
    # A side that comes to less than nothing takes nothing off the other accounts.
    whole.position_value_after = _plus(None if own is None else max(own, ZERO), others.value)
    whole.gross_after = _plus(effect.gross_after, others.gross)
    whole.sector_after = _plus(effect.sector_after, others.sector_gross)
    return whole


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
