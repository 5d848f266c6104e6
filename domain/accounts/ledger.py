"""Keep the books: double entry, per asset, immutable, always balanced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.shared.values import ZERO, InvalidValue, checked_decimal, plain


class LedgerAccount(StrEnum):
    """Where an amount of an asset sits."""

    HOLDING = "holding"  # what the account owns: cash or securities
    TRADING = "trading"  # the other side of exchanges between assets
    COMMISSION = "commission"
    FUNDING = "funding"  # deposits and withdrawals
    CORPORATE_ACTION = "corporate_action"


class EntryKind(StrEnum):
    """Why amounts moved."""

    FILL = "fill"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    SPLIT = "split"
    CASH_IN_LIEU = "cash_in_lieu"
    DIVIDEND = "dividend"


def cash_asset(currency: str) -> str:
    """Name a currency in the ledger; "USD" alone could also be a ticker."""
    return f"cash:{currency}"


def unit_asset(symbol: str) -> str:
    """Name a security's units in the ledger."""
    return f"unit:{symbol}"


class Unbalanced(Exception):
    """A transaction whose postings do not sum to zero per asset: it is never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A signed amount of one asset in one ledger account."""

    ledger: LedgerAccount
    asset: str
    amount: Decimal

    def __post_init__(self) -> None:
        checked_decimal(self.amount, field="amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTransaction:
    """One balanced movement; immutable once written."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    kind: EntryKind
    postings: tuple[Posting, ...]
    at: datetime
    market_at: datetime
    # What caused it: a fill's id, a request's id, a split's symbol and date.
    reference: str

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise InvalidValue(field="postings", problem="a transaction needs at least two")
        for asset, total in totals(self.postings).items():
            if total != ZERO:
                raise Unbalanced(f"{self.kind} {self.reference}: {asset} is off by {plain(total)}")


def totals(postings: Iterable[Posting]) -> dict[str, Decimal]:
    """Sum postings per asset; all zero when balanced."""
    sums: dict[str, Decimal] = {}
    for posting in postings:
        sums[posting.asset] = sums.get(posting.asset, ZERO) + posting.amount
    return sums


def exchange(
    *, symbol: str, quantity: Decimal, currency: str, cost: Decimal, commission: Decimal
) -> tuple[Posting, ...]:
    """Post a trade: +quantity of the symbol for -cost in the currency, and the commission.

    quantity is signed (negative sells), cost = quantity x price x multiplier with the
    same sign, in currency; commission is positive when paid.
    """
    base, quote = unit_asset(symbol), cash_asset(currency)
    postings = [
        Posting(ledger=LedgerAccount.HOLDING, asset=base, amount=quantity),
        Posting(ledger=LedgerAccount.TRADING, asset=base, amount=-quantity),
        Posting(ledger=LedgerAccount.HOLDING, asset=quote, amount=-cost),
        Posting(ledger=LedgerAccount.TRADING, asset=quote, amount=cost),
    ]
    if commission:
        postings += [
            Posting(ledger=LedgerAccount.HOLDING, asset=quote, amount=-commission),
            Posting(ledger=LedgerAccount.COMMISSION, asset=quote, amount=commission),
        ]
    return tuple(postings)


def transfer(*, source: LedgerAccount, asset: str, amount: Decimal) -> tuple[Posting, ...]:
    """Post an amount into the holding (negative: out of it) from another ledger account."""
    return (
        Posting(ledger=LedgerAccount.HOLDING, asset=asset, amount=amount),
        Posting(ledger=source, asset=asset, amount=-amount),
    )
