"""Pay what a share earns to whoever holds it."""

from decimal import Decimal

from domain.accounts.change import Draft
from domain.accounts.ledger import EntryKind, LedgerAccount, cash_asset, transfer
from domain.market.prices import Dividend

_CENT = Decimal("0.01")


def pay_dividend(draft: Draft, *, dividend: Dividend) -> bool:
    """Post a dividend on what is held now; a short position owes it. False when none is due.

    Its reference in the ledger is symbol, day and lap: posted a second time it is refused.
    """
    held = draft.position(dividend.symbol)
    due = (held.quantity * dividend.amount * held.multiplier).quantize(_CENT)
    if not due:
        return False
    draft.post(
        kind=EntryKind.DIVIDEND,
        postings=transfer(
            source=LedgerAccount.CORPORATE_ACTION,
            asset=cash_asset(draft.book.account.currency),
            amount=due,
        ),
        reference=draft.book.in_lap(f"dividend:{dividend.symbol}:{dividend.ex_date.isoformat()}"),
    )
    return True
