"""Store changes of one book that were decided one upon the other as a single change."""

from dataclasses import replace

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences
from domain.shared.frozen import changer

_book = changer(AccountBook)


def book_to_follow(change: BookChange) -> AccountBook:
    """Return the book to decide the next change on, before this one is stored.

    It carries the version that is stored now: what is stored together makes one version.
    """
    return _book(change.book, version=change.expected_version)


def may_share(change: BookChange) -> bool:
    """Tell whether a change may be stored with others: those of orders and their journal may.

    What moves money, a position or a latch, or comes from a broker's report, goes alone, so
    that whatever is wrong with it is its own.
    """
    return not (
        change.fills
        or change.ledger
        or change.positions
        or change.currencies
        or change.halt is not None
        or change.heard is not None
    )


def together(first: BookChange, then: BookChange) -> BookChange | None:
    """Return one change that does both, or None when they cannot be stored as one.

    then was decided on book_to_follow(first). They cannot when both touch one order, whose
    every step must be seen, or were decided under different versions of the rules, of the
    tenant's other books or of a symbol.
    """
    fences = _both(first.fences, then.fences)
    touched = {order.id for order in first.orders}
    if fences is None or any(order.id in touched for order in then.orders):
        return None
    return replace(
        then,
        fences=fences,
        orders=first.orders + then.orders,
        new_orders=first.new_orders | then.new_orders,
        intakes=first.intakes + then.intakes,
        decisions=first.decisions + then.decisions,
        audit=first.audit + then.audit,
        notices=first.notices + then.notices,
        replies=first.replies + then.replies,
        figures=first.figures or then.figures,
    )


def _both(first: Fences, then: Fences) -> Fences | None:
    versions = {first.rules_version, then.rules_version} - {None}
    others = {first.others, then.others} - {None}
    symbols = {**dict(first.symbols or ()), **dict(then.symbols or ())}
    apart = any(symbols[name] != version for name, version in first.symbols or ())
    if len(versions) > 1 or len(others) > 1 or apart:
        return None
    return Fences(
        rules_version=versions.pop() if versions else None,
        must_be_released=first.must_be_released or then.must_be_released,
        reduces=_reduces(first, then),
        others=others.pop() if others else None,
        symbols=tuple(sorted(symbols.items())) or None,
    )


def _reduces(first: Fences, then: Fences) -> bool:
    fenced = [one.reduces for one in (first, then) if one.must_be_released]
    return bool(fenced) and all(fenced)
