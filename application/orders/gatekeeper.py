"""Ask the gate: gather its inputs from the book, the market and the rules, and keep them."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.accounts.shelf import Others
from application.orders.messages_ahead import MessagesAhead
from domain.accounts.book import AccountBook, Intake
from domain.accounts.decision import Common, Decision
from domain.market.condition import MarketCondition
from domain.market.prices import MarketEvent, Quote, Session
from domain.orders.moves import When
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.risk.book_view import BookView, view_of
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule, with_commissions
from domain.risk.gate import decide
from domain.risk.others import sums_of
from domain.risk.recent import intake_of
from domain.risk.record import encode_parted
from domain.risk.rule_set import RuleSet
from domain.risk.situate import situate
from domain.risk.situation import AccountSums, Blocks, Situation
from domain.risk.strategies import ANY_KNOWN, StrategyPolicy
from domain.risk.verdict import Approved, Verdict
from domain.shared.frozen import builder
from ports.market import (
    Calendars,
    Instruments,
    MarketView,
    ReadCondition,
    ReadLap,
    UnknownCalendar,
    only_lap,
)
from ports.risk import RuleSets

VIEWS_KEPT = 1_000
_OTHER_LAP = MarketCondition(
    down="market_feed: the replay starts over, and the account is not where the prices are"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The gate's verdict on one order, with all that it was decided on."""

    verdict: Verdict
    situation: Situation
    record: bytes
    common: Common | None = None

    def decision(self, *, id: UUID, order_id: UUID, approved: bool) -> Decision:
        """Return what is stored of it."""
        return _decision(
            id=id,
            order_id=order_id,
            approved=approved,
            record=self.record,
            common=self.common,
        )

    def message(self, terms: OrderTerms, *, book: AccountBook, when: When) -> Intake:
        """Return the order message that it was asked by, to be counted."""
        return intake_of(terms, book=book, now=when.at, reducing=self.verdict.reducing)


_decision = builder(Decision)
_judged = builder(Judged)


def versions_of(others: Others, *judged: Judged) -> tuple[tuple[UUID, int], ...] | None:
    """Return what the orders' change is fenced by that were decided beside these books.

    What only reduces is held back by no other account.
    """
    if others is None or all(one.verdict.reducing for one in judged):
        return None
    return tuple((book.account.id, book.version) for book in others)


class Gatekeeper:
    """Keeps views of books at the latest marks, and rule sets, so that deciding is quick.

    A rule set that is behind is found out by the fence of the change: call `refresh` then.
    """

    def __init__(
        self,
        *,
        rule_sets: RuleSets,
        instruments: Instruments,
        market: MarketView,
        calendars: Calendars,
        commissions: Mapping[str, CommissionSchedule],
        condition: ReadCondition,
        collars: Collars,
        ahead: MessagesAhead,
        strategies: StrategyPolicy = ANY_KNOWN,
        lap: ReadLap = only_lap,
    ) -> None:
        """commissions and condition are by broker; lap is the replay's that the prices are of."""
        self._rule_sets = rule_sets
        self._instruments = instruments
        self._market = market
        self._calendars = calendars
        self._commissions = commissions
        self._ahead = ahead
        self._condition = condition
        self._collars = collars
        self._strategies = strategies
        self._lap = lap
        self._marked_in = 1
        self._known: dict[UUID, RuleSet] = {}
        # By the account's id as a number: a UUID computes its hash anew in Python each time.
        self._views: OrderedDict[int, tuple[int, BookView]] = OrderedDict()
        self._marks = 0

    async def on_market(self, event: MarketEvent) -> None:
        """Take note that marks may have moved; subscribe this to the market's feed."""
        del event
        self._marks += 1

    async def rules(self, *, tenant_id: UUID) -> RuleSet:
        """Return the tenant's rule set as known here."""
        known = self._known.get(tenant_id)
        return known if known is not None else await self.refresh(tenant_id=tenant_id)

    async def refresh(self, *, tenant_id: UUID) -> RuleSet:
        """Read the tenant's rule set again."""
        rule_set = await self._rule_sets.load(tenant_id=tenant_id)
        self._known[tenant_id] = rule_set
        return rule_set

    def view(self, book: AccountBook) -> BookView:
        """Return the book at the latest marks."""
        key = book.account.id.int
        lap = self._lap()
        if lap != self._marked_in:
            self._marked_in = lap
            self._marks += 1
        kept = self._views.get(key)
        find = self._instruments.find
        quote = self._market.quote if book.lap == lap else _no_quote
        if kept is None:
            view = view_of(book, instrument=find, quote=quote)
        elif kept[1].book is book and kept[0] == self._marks:
            return kept[1]
        else:
            stepped = kept[1].after_change(book) if kept[0] == self._marks else None
            if stepped is None:
                stepped = kept[1].with_book(book, instrument=find, quote=quote)
            view = stepped
        self._views[key] = (self._marks, view)
        self._views.move_to_end(key)
        if len(self._views) > VIEWS_KEPT:
            self._views.popitem(last=False)
        return view

    def marked(self, view: BookView, *, symbol: str) -> BookView:
        """Return the view with one symbol at its latest quote."""
        return view.marked(
            symbol,
            instrument=self._instruments.find(symbol),
            quote=self._market.quote(symbol) if view.book.lap == self._lap() else None,
        )

    def judge(
        self,
        order: Order,
        *,
        view: BookView,
        rules: RuleSet,
        when: When,
        entry: Order | None = None,
        terms: OrderTerms | None = None,
        others: Others = None,
        blocks: Blocks | None = None,
        actor: str | None = None,
    ) -> Judged:
        """Decide on an order in a view, and write the decision down.

        others are the books of the tenant's other accounts: a rule that counts all accounts
        denies without them. blocks is what stands against the order besides a paused agent,
        actor who asks for its new terms.
        """
        asking = order.actor if actor is None else actor
        if paused := rules.paused_agent(strategy_id=order.strategy_id, actor=asking):
            blocks = replace(blocks or Blocks(), paused_agent=paused)
        compiled = rules.compiled(
            account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
        )
        settled, ahead = self._ahead.settled(view, now=when.at)
        session = self.session(order.symbol, at=when.market_at)
        asked = order.terms if terms is None else terms
        situation = situate(
            order,
            view=settled,
            rules=compiled,
            now=when.at,
            market_now=when.market_at,
            session=session,
            condition=self.condition_of(view.book),
            collar=self._collars.of(asked, session=session),
            average_daily_volume=self._market.average_daily_volume(order.symbol),
            entry=entry,
            terms=terms,
            ahead=ahead,
            strategy=rules.strategy_gap(order.strategy_id, policy=self._strategies),
            others=self._sums(others, view=view, symbol=asked.symbol, session=session),
            blocks=blocks,
        )
        situation = with_commissions(
            situation,
            order=order,
            terms=asked,
            view=view,
            schedule=self._commissions.get(view.book.account.broker),
        )
        verdict = decide(order, rules=compiled, situation=situation, terms=terms)
        record, common = encode_parted(order, rules=compiled, situation=situation, verdict=verdict)
        return _judged(verdict=verdict, situation=situation, record=record, common=common)

    def judge_each(
        self,
        orders: tuple[Order, ...],
        *,
        book: AccountBook,
        rules: RuleSet,
        when: When,
        others: Others,
        blocks: Blocks | None,
    ) -> list[Judged]:
        """Decide on each order with the ones before it counted, as resting and as messages."""
        view = self.view(book)
        judged: list[Judged] = []
        for order in orders:
            view = self.marked(view, symbol=order.symbol)
            entry = orders[0] if order.waiting else None
            one = self.judge(
                order,
                view=view,
                rules=rules,
                when=when,
                entry=entry,
                others=others,
                blocks=blocks,
            )
            judged.append(one)
            if len(orders) == 1:
                break
            view = view.with_message(one.message(order.terms, book=book, when=when))
            if isinstance(one.verdict, Approved):
                price = one.verdict.reserved_price
                view = view.with_order(
                    replace(order, state=OrderState.ACCEPTED, reserved_price=price)
                )
        return judged

    def _sums(
        self, others: Others, *, view: BookView, symbol: str, session: Session | None
    ) -> AccountSums | None:
        """Count the tenant's other accounts, where a rule asks for them."""
        if others is None:
            return None
        instrument = self._instruments.find(symbol)
        return sums_of(
            [self.view(other) for other in others],
            currency=view.account.currency,
            symbol=symbol,
            sector=instrument.sector if instrument is not None else "",
            since=session.date if session is not None and session.is_open else None,
        )

    def condition_of(self, book: AccountBook) -> MarketCondition:
        """Return how the market is for a book, which says nothing of one of another lap."""
        condition = self._condition(book.account.broker)
        return condition if book.lap == self._lap() or condition.no_broker else _OTHER_LAP

    def session(self, symbol: str, *, at: datetime) -> Session | None:
        """Return the session of a symbol's calendar at a market time, None if that is unknown."""
        instrument = self._instruments.find(symbol)
        if instrument is None:
            return None
        try:
            return self._calendars.session(instrument.calendar, at=at)
        except UnknownCalendar:
            return None


def _no_quote(symbol: str) -> Quote | None:
    del symbol
    return None
