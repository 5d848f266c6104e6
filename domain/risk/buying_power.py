"""Say what an account may still open, by what the gate would ask of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.margin.rulebook import NoTable
from domain.risk.book_view import BookView
from domain.risk.measure import NO_EQUITY, NO_EXPOSURE
from domain.risk.opening_checks import NO_CASH_RESERVE
from domain.risk.opening_margin import OpeningMargin
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyingPower:
    """The worth of shares that may still be bought, in the account's currency.

    amount is None, and missing says why, where the gate would deny whatever opens.
    """

    amount: Decimal | None
    missing: str = ""


def account_power(view: BookView, *, margin: OpeningMargin, rulebook: str, on: date) -> BuyingPower:
    """Return what the account's book leaves, everything that rests counted as filled.

    A cash account has its cash, less what resting buys spend (12 CFR 220.8). A margin account has
    what its equity leaves beyond the initial margin of its rulebook, over the rate of a share that
    is bought, and no more than its leverage allows. One that is worth less than its rulebook
    asks of who borrows pays in full, and opens nothing beside what it owes (Rule 4210(b)).
    """
    account = view.account
    if account.kind is AccountKind.CASH:
        reserved = account.reserved_cash
        if reserved is None:
            return BuyingPower(amount=None, missing=NO_CASH_RESERVE[1].missing)
        return BuyingPower(amount=max(account.cash - reserved, ZERO))
    equity, gross = account.equity, account.gross
    if equity is None:
        return BuyingPower(amount=None, missing=NO_EQUITY[1].missing)
    if gross is None:
        return BuyingPower(amount=None, missing=NO_EXPOSURE[1].missing)
    asked = margin.standing(view, rulebook=rulebook, on=on)
    if isinstance(asked, NoTable):
        return BuyingPower(amount=None, missing=asked.problem)
    left = min((equity - asked.initial) / asked.long_rate, equity * account.leverage - gross)
    if equity < asked.rulebook.minimum_equity:
        left = ZERO if asked.may_be_short else min(left, equity - gross)
    return BuyingPower(amount=max(left, ZERO))
