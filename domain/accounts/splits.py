"""Keep a position in the units of its market's splits, whatever order the news comes in."""

from collections.abc import Sequence
from dataclasses import replace
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
    whole, fraction = _shares(held.quantity, split=split)
    restated = replace(
        held,
        quantity=held.quantity * split.numerator / split.denominator,
        split_on=split.ex_date,
        split_from=held.quantity,
    )
    after = _paid_out(
        draft,
        restated,
        units=whole,
        fraction=fraction,
        before=held.quantity,
        reference=draft.book.in_lap(f"split:{split.symbol}:{split.ex_date.isoformat()}"),
        last=last,
    )
    draft.set_position(after)


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
    restated for the splits since, and the ledger shows both steps. The fraction of a share
    is that of all that was held at the split, this fill included, as a venue reckons it:
    what was paid for it before is set right. Where several splits left fractions since,
    the broker may count one share more, and reconciliation tells.
    """
    since = history.after(fill.market_at)
    if since is None:
        return False
    if not history.splits:
        draft.book_fill(fill, multiplier=multiplier)
        return True
    for effective in history.splits:
        apply_split(draft, split=effective.split, last=last)
    held = _standing(draft.position(fill.symbol), history=history, multiplier=multiplier)
    ratio = _ratio([effective.split for effective in since])
    after = held.traded(
        quantity=fill.signed_quantity * ratio[0] / ratio[1],
        price=fill.price * ratio[1] / ratio[0],
        commission=fill.commission,
    )
    if since:
        split = since[-1].split
        earlier = _ratio([effective.split for effective in since[:-1]])
        met = held.split_from + fill.signed_quantity * earlier[0] / earlier[1]
        whole, fraction = _shares(met, split=split)
        whole_before, fraction_before = _shares(held.split_from, split=split)
        after = _paid_out(
            draft,
            replace(after, split_from=met),
            units=held.quantity + whole - whole_before,
            fraction=fraction - fraction_before,
            before=held.quantity + fill.signed_quantity,
            reference=draft.book.in_lap(
                f"split:{fill.symbol}:{split.ex_date.isoformat()}:{fill.id}"
            ),
            last=last,
        )
    draft.book_fill(fill, multiplier=multiplier, after=after)
    return True


def _is_news(split: Split, *, held: Position) -> bool:
    return held.split_on is None or split.ex_date > held.split_on


def _standing(held: Position, *, history: SplitHistory, multiplier: Decimal) -> Position:
    """Return the position as standing in the newest split: one that it met flat left nothing."""
    newest = history.splits[-1].split.ex_date
    if held.split_on is None or held.split_on < newest:
        return replace(held, multiplier=multiplier, split_on=newest, split_from=ZERO)
    return replace(held, multiplier=multiplier)


def _shares(units: Decimal, *, split: Split) -> tuple[Decimal, Decimal]:
    """Return the whole new shares that a split makes of the units, and what is left of one."""
    exact = units * split.numerator / split.denominator
    whole = exact.quantize(ONE, rounding=ROUND_DOWN)
    return whole, exact - whole


def _ratio(splits: Sequence[Split]) -> tuple[Decimal, Decimal]:
    numerator = denominator = ONE
    for split in splits:
        numerator *= split.numerator
        denominator *= split.denominator
    return numerator, denominator


def _paid_out(
    draft: Draft,
    exact: Position,
    *,
    units: Decimal,
    fraction: Decimal,
    before: Decimal,
    reference: str,
    last: Decimal | None,
) -> Position:
    """Post what a split adds to the units held before it, and pay for a fraction of one.

    A negative fraction takes back what was paid for one that is whole by now.
    """
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
    if not fraction:
        return replace(exact, quantity=units)
    average = exact.average_cost
    price = last if last is not None else average or ZERO
    paid = (fraction * price * exact.multiplier).quantize(_CENT)
    if not units:
        cost_out = exact.cost
    elif average is None:
        cost_out = paid
    else:
        cost_out = (exact.cost * fraction / exact.quantity).quantize(COST_STEP)
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
