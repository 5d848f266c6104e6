"""Ask the gate again for what goes out long after it was passed.

A child waits for its entry, and an order or a replace may wait for a dispatcher that was away
or is behind. What rests by a limit was counted at its price all the while; an order at the
market's price may cost many times what was set aside for it, and rules may have changed. One
that came while the market was closed would fill at the gap: it is held, and decided on at the
opening's prices.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from application.accounts.book_store import Others
from application.orders.deps import OrderContext
from application.orders.gatekeeper import Gatekeeper
from application.orders.judgement import versions_of
from application.orders.refusals import tell_denial
from application.orders.steps import NOT_SENT_AGAIN, parked, withdrawn
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences
from domain.accounts.change import Draft
from domain.kill_switch.latch import Level
from domain.market.prices import MarketEvent, Quote
from domain.orders.groups import consequences, hold_back
from domain.orders.moves import Move, MoveTimes, fail_request
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, TimeInForce
from domain.risk.activity import Activity
from domain.risk.measure import DAY_UNKNOWN
from domain.risk.opening_checks import BEHIND, UNKNOWN_BLOCKS_AFTER
from domain.risk.order_checks import NOT_REDUCING
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.verdict import Denied
from domain.shared.values import ZERO
from ports.accounts import Stale

# An approval is asked for again so long before it is too old to leave: the send takes a moment.
SPARE = timedelta(seconds=1)
# A market that is down may be one that has only just started: who was accepted waits so long.
DOWN_WAITS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAgain:
    """Decide on an order right before it is sent, if its approval may not hold any more."""

    context: OrderContext
    gatekeeper: Gatekeeper
    # Who decided no longer ago than this has decided on prices of now.
    holds: timedelta = timedelta(seconds=5)
    # What waits for the market to open, until there is a new price.
    _held: set[UUID] = field(default_factory=set)

    async def __call__(self, order: Order, *, decided_at: datetime | None) -> datetime | None:
        """Return since when the approval holds by which the order, or its replace, may go out now.

        decided_at is that of the stored approval (None asks for another in any case).

        None for what may not now: the order is cancelled, the replace refused. What would open
        at the market's price while the market is closed stays as it is until it opens, and
        whatever opens for a minute while the market is down. One that only reduces goes out in
        any case: an exit must not be held back. What nothing but a parked order stands against
        waits behind it, and what is in doubt itself is parked instead of being cancelled.
        """
        old = decided_at is None or self._is_old(order, decided_at=decided_at)
        if not (old or (order.is_unsent and self._has_to_wait(order))):
            return decided_at
        stored = await self._stored(
            order, rules=await self.gatekeeper.rules(tenant_id=order.tenant_id)
        )
        if isinstance(stored, Stale):
            # The rules are others by now.
            stored = await self._stored(
                order, rules=await self.gatekeeper.refresh(tenant_id=order.tenant_id)
            )
        if isinstance(stored, BookChange):
            self.context.wake()
            approved = any(decision.approved for decision in stored.decisions)
            return stored.orders[0].updated_at if approved else None
        # Changed once more the next round meets them.
        return self.context.clock.now() if stored is True else None

    async def _stored(self, order: Order, *, rules: RuleSet) -> BookChange | bool | Stale:
        activity = await self.gatekeeper.activity(rules, account_id=order.account_id)
        return await self.context.book_store.change_beside(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            counts_all=rules.counts_all_accounts,
            symbols=rules.fenced((order.symbol,)),
            decision=lambda others: partial(
                self._decided, order=order, rules=rules, others=others, activity=activity
            ),
        )

    async def passes(self, order: Order, *, level: Level | None) -> bool:
        """Tell whether the order may leave where the kill switch stops it so far.

        Asked within the barrier, on the book as it is then: what reduced when the gate let it
        pass may open by now.
        """
        if level is not Level.REDUCING:
            return level is None
        book = self.context.book_store.remembered(order.account_id)
        if book is None:
            return False
        view = self.gatekeeper.view(book).without(order.id).without_messages()
        judged = self.gatekeeper.judge(
            order,
            view=view,
            rules=await self.gatekeeper.rules(tenant_id=order.tenant_id),
            when=self.context.when(),
            terms=_going_out(order),
            others=None,
        )
        return judged.verdict.reducing

    def held(self) -> frozenset[UUID]:
        """Return the orders that were found to wait for the open, with no price since."""
        return frozenset(self._held)

    def is_held(self, order_id: UUID) -> bool:
        """Tell whether the order was found to wait for the open, and no price came since."""
        return order_id in self._held

    async def on_market(self, event: MarketEvent) -> None:
        """Let what is held be looked at again; subscribe this to the market's feed."""
        if self._held and isinstance(event, Quote):
            self._held.clear()
            self.context.wake()

    def _met_the_close(self, order: Order) -> bool:
        """Tell whether an order at the market's price was taken, or is here, while it is closed."""
        if order.terms.limit_price is not None or order.may_pass_halt:
            return False
        session = self.gatekeeper.session(order.symbol, at=self.context.market_clock.now())
        return session is not None and (not session.is_open or order.market_at < session.opens_at)

    def _is_behind(self, order: Order) -> bool:
        """Tell whether another order of the same account and symbol is in doubt for long."""
        if order.may_pass_halt:
            return False
        book = self.context.book_store.remembered(order.account_id)
        if book is None:
            return True
        doubted_by = self.context.clock.now() - UNKNOWN_BLOCKS_AFTER
        # Most of a book rests at the venue: passed by as cheaply as can be.
        return any(
            (
                (state := other.state) is OrderState.PARKED
                or (
                    state is OrderState.UNKNOWN and (other.sent_at or other.updated_at) < doubted_by
                )
            )
            and other.symbol == order.symbol
            and other.id != order.id
            for other in book.orders.values()
        )

    def _is_old(self, order: Order, *, decided_at: datetime) -> bool:
        if order.state is OrderState.UNKNOWN:
            return True
        waited = order.link is not None and order.link.role is Role.CHILD and order.is_unsent
        # One that lies ahead of now is from before the clock was set back: nobody knows how old.
        return waited or abs(self.context.clock.now() - decided_at) > self.holds - SPARE

    def _has_to_wait(self, order: Order) -> bool:
        """Tell whether the market, or another order, may have something against it by now."""
        return self._is_down(order) or self._met_the_close(order) or self._is_behind(order)

    def _is_down(self, order: Order) -> bool:
        book = self.context.book_store.remembered(order.account_id)
        return book is None or bool(self.gatekeeper.condition_of(book).down)

    def _decided(
        self,
        book: AccountBook,
        *,
        order: Order,
        rules: RuleSet,
        others: Others,
        activity: Activity | None,
    ) -> BookChange | bool:
        now = book.orders.get(order.id)
        if now is None or now.state is not order.state or _going_out(now) != _going_out(order):
            return False
        if activity is not None and activity.is_behind(book):
            return False
        when, terms = self.context.when(), _going_out(now)
        # It was counted as a message when it came.
        view = self.gatekeeper.view(book).without(now.id).without_messages()
        view = self.gatekeeper.view.marked(view, symbol=now.symbol)
        judged = self.gatekeeper.judge(
            now,
            view=view,
            rules=rules,
            when=when,
            terms=terms,
            others=others,
            activity=activity,
        )
        if judged.verdict.reducing:
            return True
        if judged.situation.condition.down and now.updated_at + DOWN_WAITS >= when.at:
            return False
        if now.is_unsent and _waits_for_open(now, situation=judged.situation):
            self._held.add(now.id)
            return False
        verdict = judged.verdict
        if isinstance(verdict, Denied) and _day_to_come(now, verdict, situation=judged.situation):
            return False
        denied = isinstance(verdict, Denied)
        if isinstance(verdict, Denied) and now.state is OrderState.ACCEPTED and _waits(verdict):
            draft = Draft(book=book, when=when, new_id=self.context.new_id)
            draft.put(hold_back(now, reason=f"waits: {_said(verdict)}"[:500], when=when))
            return draft.done()
        fences = Fences(
            rules_version=rules.version, others=versions_of(others, judged, rules=rules)
        )
        draft = Draft(book=book, when=when, new_id=self.context.new_id, fences=fences)
        draft.decide(judged.decision(id=draft.new_id(), order_id=now.id, approved=not denied))
        if not isinstance(verdict, Denied):
            draft.put(_approved(now, price=verdict.reserved_price, when=when))
            return draft.done()
        moved = _refused(now, reason=_said(verdict), when=when)
        assert moved is not None
        gone = draft.put(moved)
        for effect in consequences(gone, live=draft.live_orders(), when=when):
            draft.put(effect)
        tell_denial(draft, order=gone, verdict=verdict, type=_told(now))
        return draft.done()


def _going_out(order: Order) -> OrderTerms:
    return order.pending_terms if order.pending_terms is not None else order.terms


def _approved(order: Order, *, price: Decimal | None, when: MoveTimes) -> Move:
    if order.pending_terms is not None and price is not None:
        # Until the venue answers either price may be the true one: reserve the larger.
        price = max(price, order.reserved_price or ZERO, key=abs)
    return Move(order=replace(order, reserved_price=price, updated_at=when.at), events=())


def _refused(order: Order, *, reason: str, when: MoveTimes) -> Move | None:
    match order.state:
        case OrderState.UNKNOWN:
            return parked(f"{NOT_SENT_AGAIN}: {reason}")(order, when)
        case OrderState.PENDING_UPDATE:
            return fail_request(order, reason=f"not sent: {reason}"[:500], when=when)
        case _:
            return withdrawn(order, f"not sent: {reason}"[:500], when)


def _told(order: Order) -> str:
    replaced = order.state is OrderState.PENDING_UPDATE
    return "risk.replace_denied" if replaced else "risk.denied"


def _day_to_come(order: Order, verdict: Denied, *, situation: Situation) -> bool:
    """Tell whether nothing speaks against it but that the account's day is not opened yet.

    A session opens a moment before every account's day is: the next round finds it.
    """
    session = situation.session
    met_the_close = session is not None and order.market_at < session.opens_at
    return met_the_close and all(reason.code == DAY_UNKNOWN for reason in verdict.reasons)


def _waits_for_open(order: Order, *, situation: Situation) -> bool:
    """Tell whether the order must wait for the opening's price.

    An order for the opening auction cannot: it is sent before, with more set aside.
    """
    session, quote = situation.session, situation.symbol.quote
    if session is None or order.terms.limit_price is not None:
        return False
    if not session.is_open:
        return order.terms.time_in_force is not TimeInForce.OPG
    return order.market_at < session.opens_at and (quote is None or quote.at < session.opens_at)


def _waits(verdict: Denied) -> bool:
    """Tell whether nothing but what is in doubt at the broker stands against the order."""
    codes = {reason.code for reason in verdict.reasons}
    return not codes.isdisjoint(BEHIND) and codes <= {*BEHIND, NOT_REDUCING}


def _said(verdict: Denied) -> str:
    return "; ".join(reason.message for reason in verdict.reasons)
