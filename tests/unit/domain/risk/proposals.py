"""Proposals for the tests: a book at its marks, and orders judged in it one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from domain.accounts.account_margin import usual_margin
from domain.accounts.book import AccountBook
from domain.accounts.margin_book import Marks
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.book_view import view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.headroom import headroom
from domain.risk.objections import Objections
from domain.risk.opening_margin import dated_rulebook
from domain.risk.portfolio import Returns
from domain.risk.pre_trade import Analysis, MarginChange, analyse
from domain.risk.proposal import Proposal, margins
from domain.risk.rating_parts import PreTradeLimits
from domain.risk.rule import Rule
from domain.risk.situation import Situation
from domain.risk.verdict import Headroom
from tests.unit.domain.risk.context import AT, SESSION, D, book, instrument, quote
from tests.unit.domain.risk.test_portfolio import returns_of

LIMITS = PreTradeLimits()
VOLUME = D(1_000_000)
SYMBOLS = ("AAPL", "MSFT", "XOM")
_NOTHING: Mapping[str, Any] = {}
SECTORS = {"AAPL": "Technology", "MSFT": "Technology", "XOM": "Energy"}


def propose(
    *orders: Order,
    held: AccountBook | None = None,
    rules: Sequence[Rule] = (),
    volume: Decimal | None = VOLUME,
    quotes: Mapping[str, Quote] | None = None,
    objections: Objections | None = None,
) -> Proposal:
    """Judge orders in a book of AAPL, MSFT (technology) and XOM (energy), all at 100."""
    marks = quotes if quotes is not None else {symbol: quote(symbol) for symbol in SYMBOLS}
    known: dict[str, Instrument] = {
        symbol: instrument(symbol, sector=sector) for symbol, sector in SECTORS.items()
    }
    view = view_of(held or book(), instrument=known.get, quote=marks.get)
    compiled = compile_rules(rules, version=1)
    first, judged = view, list[tuple[Order, Situation]]()
    left: list[Headroom] = []
    for one in orders:
        view = view.marked(
            one.symbol, instrument=known.get(one.symbol), quote=marks.get(one.symbol)
        )
        inputs = gather_inputs(
            one,
            view=view,
            rules=compiled,
            now=AT,
            market_now=AT,
            session=SESSION,
            average_daily_volume=volume,
            entry=orders[0] if one.waiting else None,
            objections=objections,
        )
        judged.append((one, inputs))
        left += headroom(one, rules=compiled, situation=inputs)
        view = view.with_order(
            replace(one, state=OrderState.ACCEPTED, reserved_price=one.terms.limit_price or D(100))
        )
    return Proposal(view=first, orders=judged, headroom=left)


def analysed(
    proposal: Proposal, *, returns: Returns | None, limits: PreTradeLimits = LIMITS
) -> Analysis:
    """Analyse a proposal under Regulation T, or as a cash account."""
    account = proposal.view.book.account
    marks = Marks(instrument=_NOTHING.get, quote=_NOTHING.get)
    rulebook = dated_rulebook(usual_margin(account).rulebook, account.broker, AT.date())
    before, after = margins(proposal, marks=marks, rulebook=rulebook, on=AT.date())
    margin = MarginChange(before=before, after=after)
    return analyse(proposal, returns=returns, margin=margin, limits=limits)


def history(*, days: int = 250, symbols: Sequence[str] = SYMBOLS, seed: int = 3) -> Returns:
    """Draw correlated daily returns."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0.0003, 0.008, size=(days, 1))
    values = common + generator.normal(0.0, 0.012, size=(days, len(symbols)))
    return returns_of(**{symbol: list(values[:, n]) for n, symbol in enumerate(symbols)})
