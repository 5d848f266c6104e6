"""Keep a position in the units of its market's splits, whatever order the news comes in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from domain.accounts.change import Draft
from domain.accounts.ledger import EntryKind, LedgerAccount, cash_asset, transfer, unit_asset
from domain.accounts.positions import COST_STEP, Position
from domain.market.prices import Split, SplitHistory
from domain.orders.order import Fill
from domain.shared.values import ONE, ZERO

_CENT = Decimal("0.01")


def apply_split(draft: Draft, *, split: Split, last: Decimal | None) -> None:
    """Restate a held position for a split, once; what is left of a share is paid in cash.

    last is the price of a new share. A flat position has nothing to restate.
    """
    held = draft.position(split.symbol)
    if not held.quantity or not _is_news(split, held=held):
        return
    exact = held.quantity * split.numerator / split.denominator
    reference = f"split:{split.symbol}:{split.ex_date.isoformat()}"
    restated = replace(held, quantity=exact, split_on=split.ex_date)
    draft.set_position(
        _whole(draft, restated, before=held.quantity, reference=reference, last=last)
    )


def book_execution(
    draft: Draft,
    fill: Fill,
    *,
    multiplier: Decimal,
    history: SplitHistory,
    last: Decimal | None,
) -> bool:
    """Book an execution in the units of its own market time; False when they are not known.

    The fill and its order keep the units in which it was executed; the position takes it
    restated for the splits since, and the ledger shows both steps. A fraction that is left
    is paid in cash as the split itself would have; where an earlier fraction of the same
    split was paid already, the broker may count one share more, and reconciliation tells.
    """
    since = history.after(fill.market_at)
    if since is None:
        return False
    if not history.splits:
        draft.book_fill(fill, multiplier=multiplier)
        return True
    for effective in history.splits:
        apply_split(draft, split=effective.split, last=last)
    held = replace(draft.position(fill.symbol), multiplier=multiplier)
    ratio = _ratio([effective.split for effective in since])
    after = held.traded(
        quantity=fill.signed_quantity * ratio[0] / ratio[1],
        price=fill.price * ratio[1] / ratio[0],
        commission=fill.commission,
    )
    after = replace(after, split_on=_newest(held, history=history))
    if not since:
        draft.book_fill(fill, multiplier=multiplier, after=after)
        return True
    reference = f"split:{fill.symbol}:{since[-1].split.ex_date.isoformat()}:{fill.id}"
    whole = _whole(
        draft,
        after,
        before=held.quantity + fill.signed_quantity,
        reference=reference,
        last=last,
    )
    draft.book_fill(fill, multiplier=multiplier, after=whole)
    return True


def _is_news(split: Split, *, held: Position) -> bool:
    return held.split_on is None or split.ex_date > held.split_on


def _newest(held: Position, *, history: SplitHistory) -> date:
    newest = history.splits[-1].split.ex_date
    return newest if held.split_on is None else max(newest, held.split_on)


def _ratio(splits: Sequence[Split]) -> tuple[Decimal, Decimal]:
    numerator = denominator = ONE
    for split in splits:
        numerator *= split.numerator
        denominator *= split.denominator
    return numerator, denominator


def _whole(
    draft: Draft, exact: Position, *, before: Decimal, reference: str, last: Decimal | None
) -> Position:
    """Post what a split adds to the units held before it, and pay for what is left of one."""
    units = exact.quantity.quantize(ONE, rounding=ROUND_DOWN)
    if units != before:
        draft.post(
            kind=EntryKind.SPLIT,
            postings=transfer(
                source=LedgerAccount.CORPORATE_ACTION,
                asset=unit_asset(exact.symbol),
                amount=units - before,
            ),
            reference=reference,
        )
    fraction = exact.quantity - units
    if not fraction:
        return replace(exact, quantity=units)
    price = last if last is not None else exact.cost / (exact.quantity * exact.multiplier)
    paid = (fraction * price * exact.multiplier).quantize(_CENT)
    cost_out = (exact.cost * fraction / exact.quantity).quantize(COST_STEP) if units else exact.cost
    if paid != ZERO:
        draft.post(
            kind=EntryKind.CASH_IN_LIEU,
            postings=transfer(
                source=LedgerAccount.CORPORATE_ACTION,
                asset=cash_asset(draft.book.account.currency),
                amount=paid,
            ),
            reference=reference,
        )
    return replace(
        exact,
        quantity=units,
        cost=exact.cost - cost_out,
        realised_pnl=exact.realised_pnl + paid - cost_out,
    )
