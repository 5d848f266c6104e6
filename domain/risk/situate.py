"""Gather the figures that a decision on one order reads."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from domain.accounts.book import RECENT_KEPT, AccountBook, Intake
from domain.market.prices import Session
from domain.orders.order import Order, Role
from domain.orders.terms import OrderTerms, Side
from domain.risk.book_view import BookView
from domain.risk.conduct_rules import DuplicateOrder
from domain.risk.lines import peers_of
from domain.risk.rule_set import CompiledRules, Counting
from domain.risk.situation import PeerFigures, Situation, SymbolFigures
from domain.shared.values import ZERO

_EXITS = (Role.TAKE_PROFIT, Role.STOP_LOSS, Role.CHILD)
_AT = attrgetter("at")
_SHORT = {Side.BUY: "B", Side.SELL: "S"}


def situate(
    order: Order,
    *,
    view: BookView,
    rules: CompiledRules,
    now: datetime,
    market_now: datetime,
    session: Session | None,
    average_daily_volume: Decimal | None,
    entry: Order | None = None,
    terms: OrderTerms | None = None,
) -> Situation:
    """Return the situation of an order in a view that has its symbol marked.

    now is business time, market_now the market's; session is that of the instrument's
    calendar. entry is the group's entry when the order waits for it, terms the new ones
    when a replace is decided (the view is then without the order).
    """
    asked = order.terms if terms is None else terms
    line = view.lines.get(asked.symbol)
    recent = view.book.recent
    if recent and recent[-1].at > now:
        # The clock was set back: earlier messages must not drop out of their windows.
        now = recent[-1].at
    figures = line.figures if line is not None else _unseen(asked.symbol)
    instrument = figures.instrument
    sectors = view.sectors
    sector_gross: Decimal | None = None
    if sectors is not None and instrument is not None and instrument.sector:
        sector_gross = sectors.get(instrument.sector, ZERO)
    account = view.account
    day = view.book.day
    if session is not None and session.is_open and day is not None and day.date < session.date:
        # Yesterday's opening says nothing about today's loss.
        account = replace(account, opening_equity=None)
    peers: PeerFigures | None = None
    if order.link is not None and line is not None:
        peers = peers_of(order, line=line)
    return Situation(
        account=account,
        symbol=figures,
        now=now,
        market_now=market_now,
        session=session,
        average_daily_volume=average_daily_volume,
        sector_gross=sector_gross,
        counts=_counts(rules.counting, terms=asked, recent=recent, now=now)
        if rules.counting
        else (),
        peers=peers,
        covered=_covered(order, entry=entry) if entry is not None else ZERO,
    )


def fingerprint(terms: OrderTerms) -> str:
    """Write the content by which duplicates are known, the same for equal numbers.

    The account is not in it: messages are kept per account.
    """
    limit, stop, trail = terms.limit_price, terms.stop_price, terms.trail
    return (
        f"{_SHORT[terms.side]} {terms.symbol} {terms.type.value} {terms.quantity.normalize()}"
        f" {'' if limit is None else limit.normalize()}"
        f" {'' if stop is None else stop.normalize()}"
        f" {'' if trail is None else trail.normalize()}"
    )


def intake_of(terms: OrderTerms, *, book: AccountBook, now: datetime) -> Intake:
    """Return the order message to keep in the book; its time never runs backwards."""
    at = max(now, book.recent[-1].at) if book.recent else now
    return Intake(at=at, fingerprint=fingerprint(terms), symbol=terms.symbol)


def _unseen(symbol: str) -> SymbolFigures:
    """Return a symbol of which nothing is known: no instrument, so it is denied."""
    return SymbolFigures(
        symbol=symbol,
        instrument=None,
        quote=None,
        buy_value=None,
        long_value=None,
        short_value=None,
        gross=None,
    )


def _covered(order: Order, *, entry: Order) -> Decimal:
    link = order.link
    if link is None or link.role not in _EXITS or entry.symbol != order.symbol:
        return ZERO
    return entry.terms.signed_quantity


def _counts(
    counting: Sequence[Counting], *, terms: OrderTerms, recent: Sequence[Intake], now: datetime
) -> tuple[int | None, ...]:
    return tuple(_count(check, terms=terms, recent=recent, now=now) for check in counting)


def _count(
    check: Counting, *, terms: OrderTerms, recent: Sequence[Intake], now: datetime
) -> int | None:
    """Count earlier messages within the window, newest first, None if they are cut off."""
    since = now - check.window
    if isinstance(check, DuplicateOrder):
        count, whole = _count_same(terms, recent=recent, since=since)
    elif check.per_symbol:
        count, whole = _count_symbol(terms.symbol, recent=recent, since=since)
    else:
        # By bisection, the times only rise. All that is kept is all that can be allowed.
        return len(recent) - bisect_right(recent, since, key=_AT)
    # Older messages of the window may have been dropped from the book.
    return count if whole or len(recent) < RECENT_KEPT else None


def _count_same(
    terms: OrderTerms, *, recent: Sequence[Intake], since: datetime
) -> tuple[int, bool]:
    count = 0
    content = None
    symbol = terms.symbol
    for intake in reversed(recent):
        if intake.at <= since:
            return count, True
        if intake.symbol == symbol:
            if content is None:
                content = fingerprint(terms)
            if intake.fingerprint == content:
                count += 1
    return count, False


def _count_symbol(symbol: str, *, recent: Sequence[Intake], since: datetime) -> tuple[int, bool]:
    count = 0
    for intake in reversed(recent):
        if intake.at <= since:
            return count, True
        if intake.symbol == symbol:
            count += 1
    return count, False
