"""Ask the gate: gather its inputs from the book, the market and the rules, and keep them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from application.accounts.book_store import Others
from application.orders.book_views import BookViews
from application.orders.daily_returns import DailyReturns
from application.orders.judgement import Judgement, ReadAgain, Tripped
from application.orders.messages_ahead import MessagesAhead
from application.orders.objecting import NOBODY_OBJECTS, Objecting
from application.orders.read_activity import ReadActivity
from domain.accounts.account_margin import usual_margin
from domain.accounts.book import AccountBook
from domain.accounts.margin_book import Marks
from domain.market.condition import MarketCondition
from domain.market.prices import Session
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.risk.activity import Activity
from domain.risk.book_view import BookView
from domain.risk.collar import Collars
from domain.risk.commission import CommissionSchedule, with_commissions
from domain.risk.gate import decide
from domain.risk.gather_inputs import gather_inputs
from domain.risk.opening_margin import FindRulebook, OpeningMargin, dated_rulebook
from domain.risk.others import sums_of
from domain.risk.reading_input import context_of_decision
from domain.risk.record import encode_parted
from domain.risk.rule_set import RuleSet
from domain.risk.situation import AccountSums, Blocks, Situation
from domain.risk.strategies import ANY_KNOWN, StrategyPolicy
from domain.risk.strategy_stop import Trip
from domain.risk.verdict import Approved
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

_judged = builder(Judgement)
_OTHER_LAP = MarketCondition(
    down="market_feed: the replay starts over, and the account is not where the prices are"
)


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
        objecting: Objecting = NOBODY_OBJECTS,
        rulebook: FindRulebook = dated_rulebook,
        read_activity: ReadActivity | None = None,
        stop_strategy: Callable[[Trip], Awaitable[None]] | None = None,
    ) -> None:
        """commissions and condition are by broker; lap is the replay's that the prices are of.

        rulebook finds the version of a margin rulebook that holds at a broker on a day.
        """
        self._objecting = objecting
        self._read_activity = read_activity
        self._stop_strategy = stop_strategy
        self._returns = DailyReturns(market)
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
        # What else works out margin is to go by the same.
        self.rulebook = rulebook
        self.margin = OpeningMargin(
            rulebook=rulebook, marks=Marks(instrument=instruments.find, quote=market.quote)
        )
        # The books at the latest marks; its on_market is to hear the market's feed.
        self.view = BookViews(instruments=instruments, market=market, lap=lap)
        self._known: dict[UUID, RuleSet] = {}

    async def rules(self, *, tenant_id: UUID) -> RuleSet:
        """Return the tenant's rule set as known here."""
        known = self._known.get(tenant_id)
        return known if known is not None else await self.refresh(tenant_id=tenant_id)

    async def refresh(self, *, tenant_id: UUID) -> RuleSet:
        """Read the tenant's rule set again."""
        rule_set = await self._rule_sets.load(tenant_id=tenant_id)
        self._known[tenant_id] = rule_set
        return rule_set

    async def activity(self, rules: RuleSet, *, account_id: UUID) -> Activity | None:
        """Return what happened to the account's orders lately, None where no rule reads it."""
        read = self._read_activity if rules.reads_activity else None
        return await read(tenant_id=rules.tenant_id, account_id=account_id) if read else None

    async def anew(self, found: ReadAgain | Tripped, *, rules: RuleSet) -> RuleSet:
        """Return the rules to decide anew by, after the strategies that ran away are stopped."""
        if isinstance(found, ReadAgain) or self._stop_strategy is None:
            return rules
        for trip in found.trips:
            await self._stop_strategy(trip)
        return await self.refresh(tenant_id=rules.tenant_id)

    def judge(
        self,
        order: Order,
        *,
        view: BookView,
        rules: RuleSet,
        when: MoveTimes,
        entry: Order | None = None,
        terms: OrderTerms | None = None,
        others: Others = None,
        blocks: Blocks | None = None,
        actor: str | None = None,
        group: tuple[Order, ...] = (),
        activity: Activity | None = None,
    ) -> Judgement:
        """Decide on an order in a view, and write the decision down.

        others are the books of the tenant's other accounts: a rule that counts all accounts
        denies without them. blocks is what stands against the order besides a paused agent,
        actor who asks for its new terms, group the orders of its request, activity the account's:
        a rule that reads it denies without.
        """
        rules = rules.at(when.at)
        asking = order.actor if actor is None else actor
        if paused := rules.paused_agent(strategy_id=order.strategy_id, actor=asking):
            blocks = replace(blocks or Blocks(), paused_agent=paused)
        compiled = rules.compiled(
            account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
        )
        settled, ahead = self._ahead.settled(view, now=when.at)
        session = self.session(order.symbol, at=when.market_at)
        asked = order.terms if terms is None else terms
        situation = gather_inputs(
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
            others=self._sums(others, view=view, symbol=asked.symbol, session=session)
            if rules.counts_all_accounts
            else None,
            blocks=blocks,
            objections=self._objecting.against(order, terms=asked, at=when.at),
            beside=context_of_decision(
                group=group,
                returns=partial(self._returns.of, day=when.market_at.date()),
                activity=activity,
                others=others,
                stops=rules.stops,
            ),
        )
        situation = self._paid(
            situation, order=order, terms=asked, view=view, rules=rules, at=when.at
        )
        verdict = decide(order, rules=compiled, situation=situation, terms=terms)
        record, common = encode_parted(order, rules=compiled, situation=situation, verdict=verdict)
        return _judged(verdict=verdict, situation=situation, record=record, common=common)

    def _paid(
        self,
        situation: Situation,
        *,
        order: Order,
        terms: OrderTerms,
        view: BookView,
        rules: RuleSet,
        at: datetime,
    ) -> Situation:
        """Return the situation with what the order costs, and what margin it takes."""
        account = view.book.account
        situation = with_commissions(
            situation,
            order=order,
            terms=terms,
            view=view,
            schedule=self._commissions.get(account.broker),
        )
        return self.margin.put(
            situation,
            order=order,
            terms=terms,
            view=view,
            rulebook=rules.rulebooks.get(account.id) or usual_margin(account).rulebook,
            # The rules of the day on which it is decided, also while past prices are replayed.
            on=at.date(),
        )

    def judge_each(
        self,
        orders: tuple[Order, ...],
        *,
        book: AccountBook,
        rules: RuleSet,
        when: MoveTimes,
        others: Others,
        blocks: Blocks | None,
        activity: Activity | None = None,
    ) -> list[Judgement]:
        """Decide on each order with the ones before it counted, as resting and as messages."""
        view = self.view(book)
        judged: list[Judgement] = []
        for order in orders:
            view = self.view.marked(view, symbol=order.symbol)
            entry = orders[0] if order.waiting else None
            one = self.judge(
                order,
                view=view,
                rules=rules,
                when=when,
                entry=entry,
                others=others,
                blocks=blocks,
                group=orders,
                activity=activity,
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
        found = self._instruments.find(symbol)
        views = [self.view(other) for other in others]
        since = session.date if session is not None and session.is_open else None
        sector, currency = found.sector if found is not None else "", view.account.currency
        return sums_of(views, currency=currency, symbol=symbol, sector=sector, since=since)

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
