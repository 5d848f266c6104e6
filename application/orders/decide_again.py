"""Ask the gate again for what goes out long after it was passed.

A child waits for its entry, and an order may wait for a dispatcher that was away. What rests
by a limit was counted at its price all the while; an order at the market's price may cost
many times what was set aside for it, and rules may have changed. One that came while the
market was closed would fill at the gap: it is held, and decided on at the opening's prices.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from application.accounts.shelf import Others
from application.orders.deps import OrderDesk
from application.orders.gatekeeper import Gatekeeper, versions_of
from application.orders.refusals import agent_paused, tell_denial
from application.orders.steps import NOT_SENT_AGAIN, parked, withdrawn
from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange, Draft, Fences
from domain.market.prices import MarketEvent, Quote
from domain.orders.groups import consequences, hold_back
from domain.orders.moves import Moved
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import TimeInForce
from domain.risk.measure import DAY_UNKNOWN
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.standing import BEHIND, NOT_REDUCING, UNKNOWN_BLOCKS_AFTER
from domain.risk.verdict import Denied

# Who decided no longer ago than this has decided on prices of now.
HOLDS = timedelta(seconds=60)
# A market that is down may be one that has only just started: who was accepted waits so long.
DOWN_WAITS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAgain:
    """Decide on an order right before it is sent, if its approval may not hold any more."""

    desk: OrderDesk
    gatekeeper: Gatekeeper
    # What waits for the market to open, until there is a new price.
    _held: set[UUID] = field(default_factory=set)

    async def __call__(self, order: Order) -> bool:
        """Return whether the order may go out now; one that may not any more is cancelled.

        What would open at the market's price while the market is closed stays as it is until
        it opens, and whatever opens for a minute while the market is down. One that only
        reduces goes out in any case: an exit must not be held back. What nothing but a parked
        order stands against waits behind it, and what is in doubt itself is parked instead of
        being cancelled.
        """
        if not (
            self._is_old(order)
            or self.gatekeeper.is_down()
            or self._met_the_close(order)
            or self._is_behind(order)
        ):
            return True
        rules = await self.gatekeeper.refresh(tenant_id=order.tenant_id)
        stored = await self.desk.shelf.change_beside(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            counts_all=rules.counts_all_accounts,
            decision=lambda others: partial(self._decided, order=order, rules=rules, others=others),
        )
        if isinstance(stored, BookChange):
            self.desk.wake()
            return any(decision.approved for decision in stored.decisions)
        # Stale: the rules have changed meanwhile, and the next round meets them.
        return stored is True

    def is_held(self, order_id: UUID) -> bool:
        """Tell whether the order was found to wait for the open, and no price came since."""
        return order_id in self._held

    async def on_market(self, event: MarketEvent) -> None:
        """Let what is held be looked at again; subscribe this to the market's feed."""
        if self._held and isinstance(event, Quote):
            self._held.clear()
            self.desk.wake()

    def _met_the_close(self, order: Order) -> bool:
        """Tell whether an order at the market's price was taken, or is here, while it is closed."""
        if order.terms.limit_price is not None or order.may_pass_halt:
            return False
        session = self.gatekeeper.session(order.symbol, at=self.desk.market_clock.now())
        return session is not None and (not session.is_open or order.market_at < session.opens_at)

    def _is_behind(self, order: Order) -> bool:
        """Tell whether another order of the same account and symbol is in doubt for long."""
        if order.may_pass_halt:
            return False
        book = self.desk.shelf.remembered(order.account_id)
        if book is None:
            return True
        doubted_by = self.desk.clock.now() - UNKNOWN_BLOCKS_AFTER
        return any(
            other.symbol == order.symbol and other.id != order.id
            for other in book.orders.values()
            if other.state is OrderState.PARKED
            or (
                other.state is OrderState.UNKNOWN
                and (other.sent_at or other.updated_at) < doubted_by
            )
        )

    def _is_old(self, order: Order) -> bool:
        if order.may_pass_halt:
            return False
        if order.state is OrderState.UNKNOWN:
            return True
        waited = order.link is not None and order.link.role is Role.CHILD
        # One that lies ahead of now is from before the clock was set back: nobody knows how old.
        return waited or abs(self.desk.clock.now() - order.updated_at) > HOLDS

    def _decided(
        self, book: AccountBook, *, order: Order, rules: RuleSet, others: Others
    ) -> BookChange | bool:
        now = book.orders.get(order.id)
        if now is None or now.state is not order.state or now.terms != order.terms:
            return False
        when = self.desk.when()
        # It was counted as a message when it came.
        view = self.gatekeeper.view(book).without(now.id).without_messages()
        view = self.gatekeeper.marked(view, symbol=now.symbol)
        judged = self.gatekeeper.judge(now, view=view, rules=rules, when=when, others=others)
        if judged.verdict.reducing:
            return True
        if judged.situation.condition.down and now.updated_at + DOWN_WAITS >= when.at:
            return False
        if _waits_for_open(now, situation=judged.situation):
            self._held.add(now.id)
            return False
        verdict = judged.verdict
        if isinstance(verdict, Denied) and _day_to_come(now, verdict, situation=judged.situation):
            return False
        if paused := rules.paused_agent(strategy_id=now.strategy_id, actor=now.actor):
            earlier = verdict.reasons if isinstance(verdict, Denied) else ()
            verdict = Denied(order=now, terms=now.terms, reasons=(agent_paused(paused), *earlier))
        denied = isinstance(verdict, Denied)
        if isinstance(verdict, Denied) and now.state is OrderState.ACCEPTED and _waits(verdict):
            draft = Draft(book=book, when=when, new_id=self.desk.new_id)
            draft.put(hold_back(now, reason=f"waits: {_said(verdict)}"[:500], when=when))
            return draft.done()
        fences = Fences(rules_version=rules.version, others=versions_of(others, judged))
        draft = Draft(book=book, when=when, new_id=self.desk.new_id, fences=fences)
        draft.decide(judged.decision(id=draft.new_id(), order_id=now.id, approved=not denied))
        if not isinstance(verdict, Denied):
            after = replace(now, reserved_price=verdict.reserved_price)
            draft.put(Moved(order=after, events=()))
            return draft.done()
        if now.state is OrderState.UNKNOWN:
            moved = parked(f"{NOT_SENT_AGAIN}: {_said(verdict)}")(now, when)
        else:
            moved = withdrawn(now, f"not sent: {_said(verdict)}"[:500], when)
        assert moved is not None
        gone = draft.put(moved)
        for effect in consequences(gone, live=draft.live_orders(), when=when):
            draft.put(effect)
        tell_denial(draft, order=gone, verdict=verdict, type="risk.denied")
        return draft.done()


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
