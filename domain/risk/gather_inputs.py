"""Gather the figures that a decision on one order reads."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.market.condition import WELL, MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import Session
from domain.orders.order import Order, Role
from domain.orders.terms import OrderTerms, Side
from domain.risk.book_view import BookView
from domain.risk.compiled_rules import CompiledRules
from domain.risk.effect import reach
from domain.risk.lines import Line, peers_of
from domain.risk.objections import Objections
from domain.risk.reading_input import DecisionContext, ReadingInput, reading_input_of
from domain.risk.situation import (
    AccountFigures,
    AccountSums,
    Blocks,
    PeerFigures,
    Situation,
    SymbolFigures,
    TradedFigures,
)
from domain.risk.strategies import StrategyGap
from domain.shared.frozen import builder
from domain.shared.values import ONE, ZERO

_EXITS = (Role.TAKE_PROFIT, Role.STOP_LOSS, Role.CHILD)
_CASH = AccountKind.CASH
_situation = builder(Situation)
NOTHING_BESIDE = DecisionContext()


def gather_inputs(
    order: Order,
    *,
    view: BookView,
    rules: CompiledRules,
    now: datetime,
    market_now: datetime,
    session: Session | None,
    average_daily_volume: Decimal | None,
    condition: MarketCondition = WELL,
    collar: Decimal = ZERO,
    entry: Order | None = None,
    terms: OrderTerms | None = None,
    ahead: int = 0,
    strategy: StrategyGap = StrategyGap.NONE,
    others: AccountSums | None = None,
    blocks: Blocks | None = None,
    objections: Objections | None = None,
    beside: DecisionContext = NOTHING_BESIDE,
) -> Situation:
    """Return the situation of an order in a view that has its symbol marked.

    now is business time, market_now the market's; session is that of the instrument's
    calendar. condition is the market's, collar the percent that a buy at the market's price
    is reserved beyond the quote. entry is the group's entry when the order waits for it,
    terms the new ones when a replace is decided (the view is then without the order). ahead
    says how many of the view's messages came while the clock was ahead of now. The rest is as
    Situation has it; beside is what rules with a reading read.
    """
    asked = order.terms if terms is None else terms
    line = view.lines.get(asked.symbol)
    figures = line.figures if line is not None else _unseen(asked.symbol)
    account = _account(view, session=session)
    peers = peers_of(order, line=line) if order.link is not None and line is not None else None
    covered = _covered(order, entry=entry, line=line) if entry is not None else ZERO
    reducing = _reduces(order, asked, figures=figures, peers=peers, covered=covered)
    counts, now = _counts(view, rules=rules, terms=asked, now=now, reducing=reducing)
    return _situation(
        account=account,
        symbol=figures,
        now=now,
        market_now=market_now,
        session=session,
        average_daily_volume=average_daily_volume,
        sector_gross=_sector_gross(view, instrument=figures.instrument),
        counts=counts,
        peers=peers,
        covered=covered,
        condition=condition,
        collar=collar,
        debt=-account.cash if account.kind is _CASH and account.cash < ZERO else ZERO,
        traded=_traded(order, instrument=figures.instrument) if order.filled_quantity else None,
        ahead=ahead,
        strategy=strategy,
        others=others,
        blocks=blocks,
        objections=objections,
        readings=rules.read(_input(order, asked, view, line, beside, session, now, market_now))
        if rules.reading
        else (),
    )


def _input(
    order: Order,
    terms: OrderTerms,
    view: BookView,
    line: Line | None,
    beside: DecisionContext,
    session: Session | None,
    now: datetime,
    market_now: datetime,
) -> ReadingInput:
    return reading_input_of(
        order,
        terms=terms,
        view=view,
        line=line,
        beside=beside,
        session=session,
        now=now,
        market_now=market_now,
    )


def _counts(
    view: BookView, *, rules: CompiledRules, terms: OrderTerms, now: datetime, reducing: bool
) -> tuple[tuple[int | None, ...], datetime]:
    if not rules.counting:
        return (), now
    recent = view.recent_reducing if reducing else view.recent
    if recent.by_time and recent.by_time[-1].at > now:
        # Another's clock is a little ahead: its messages must not drop out of their windows.
        now = recent.by_time[-1].at
    return recent.counts(rules.counting, terms, now, reducing=reducing), now


def _sector_gross(view: BookView, *, instrument: Instrument | None) -> Decimal | None:
    if view.sectors is None or instrument is None or not instrument.sector:
        return None
    return view.sectors.get(instrument.sector, ZERO)


def _account(view: BookView, *, session: Session | None) -> AccountFigures:
    day = view.book.day
    if session is None or not session.is_open or day is None or day.date >= session.date:
        return view.account
    # Yesterday's opening says nothing about today's loss.
    return replace(view.account, opening_equity=None)


def _reduces(
    order: Order,
    asked: OrderTerms,
    *,
    figures: SymbolFigures,
    peers: PeerFigures | None,
    covered: Decimal,
) -> bool:
    """Tell whether the order only reduces: such orders have budgets of their own."""
    held, is_buy = figures.position, asked.side is Side.BUY
    if not covered and (not held or (held > ZERO) is is_buy):
        # The usual order adds to what is held.
        return False
    left = asked.quantity - order.filled_quantity
    return reach(figures, left, is_buy, peers, covered)[1]


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


def _traded(order: Order, *, instrument: Instrument | None) -> TradedFigures:
    multiplier = instrument.multiplier if instrument is not None else ONE
    return TradedFigures(
        quantity=order.filled_quantity, value=abs(order.filled_notional) * multiplier
    )


def _covered(order: Order, *, entry: Order, line: Line | None) -> Decimal:
    """Return the signed units that the entry opens and that no child before this one undoes.

    What an entry closes it does not open: the child that would buy it back is an order like
    any other. And of several children each can only undo what the others leave.
    """
    link = order.link
    if link is None or link.role not in _EXITS or entry.symbol != order.symbol:
        return ZERO
    opened = entry.terms.signed_quantity
    if line is None:
        return opened
    held = line.position.quantity
    if held and (held > ZERO) is not (opened > ZERO):
        opened = _towards_zero(opened, by=abs(held))
    undone = sum(
        (
            other.leaves_quantity
            for other in line.resting
            if other.link is not None
            and other.link.group_id == link.group_id
            and other.link.role is Role.CHILD
            and other.side is not entry.side
            and other.id != order.id
        ),
        ZERO,
    )
    return _towards_zero(opened, by=undone)


def _towards_zero(value: Decimal, *, by: Decimal) -> Decimal:
    left = max(abs(value) - by, ZERO)
    return left if value > ZERO else -left
