"""Ask the gate again for what goes out long after it was passed.

A child waits for its entry, and an order may wait for a dispatcher that was away. What rests
by a limit was counted at its price all the while; an order at the market's price may cost
many times what was set aside for it, and rules may have changed.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from application.orders.deps import OrderDesk
from application.orders.gatekeeper import Gatekeeper
from application.orders.refusals import agent_paused, tell_denial
from application.orders.steps import withdrawn
from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange, Draft, Fences
from domain.orders.groups import consequences
from domain.orders.moves import Moved
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Denied

# Who decided no longer ago than this has decided on prices of now.
HOLDS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAgain:
    """Decide on an order right before it is sent, if its approval is old."""

    desk: OrderDesk
    gatekeeper: Gatekeeper

    async def __call__(self, order: Order) -> bool:
        """Return whether the order may go out now; one that may not any more is cancelled.

        One that only reduces goes out in any case: an exit must not be held back.
        """
        if not self._is_old(order):
            return True
        rules = await self.gatekeeper.refresh(tenant_id=order.tenant_id)
        stored = await self.desk.shelf.change(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            decide=lambda book: self._decided(book, order=order, rules=rules),
        )
        if isinstance(stored, BookChange):
            self.desk.wake()
            return any(decision.approved for decision in stored.decisions)
        # Stale: the rules have changed meanwhile, and the next round meets them.
        return stored is True

    def _is_old(self, order: Order) -> bool:
        if order.may_pass_halt:
            return False
        waited = order.link is not None and order.link.role is Role.CHILD
        # One that lies ahead of now is from before the clock was set back: nobody knows how old.
        return waited or abs(self.desk.clock.now() - order.updated_at) > HOLDS

    def _decided(self, book: AccountBook, *, order: Order, rules: RuleSet) -> BookChange | bool:
        now = book.orders.get(order.id)
        if now is None or now.state is not OrderState.ACCEPTED or now.terms != order.terms:
            return False
        when = self.desk.when()
        # It was counted as a message when it came.
        view = self.gatekeeper.view(book).without(now.id).without_messages()
        view = self.gatekeeper.marked(view, symbol=now.symbol)
        judged = self.gatekeeper.judge(now, view=view, rules=rules, when=when)
        if judged.verdict.reducing:
            return True
        verdict = judged.verdict
        if paused := rules.paused_agent(strategy_id=now.strategy_id, actor=now.actor):
            earlier = verdict.reasons if isinstance(verdict, Denied) else ()
            verdict = Denied(order=now, terms=now.terms, reasons=(agent_paused(paused), *earlier))
        denied = isinstance(verdict, Denied)
        fences = Fences(rules_version=rules.version)
        draft = Draft(book=book, when=when, new_id=self.desk.new_id, fences=fences)
        draft.decide(judged.decision(id=draft.new_id(), order_id=now.id, approved=not denied))
        if not isinstance(verdict, Denied):
            after = replace(now, reserved_price=verdict.reserved_price)
            draft.put(Moved(order=after, events=()))
            return draft.done()
        said = "; ".join(reason.message for reason in verdict.reasons)
        moved = withdrawn(now, f"not sent: {said}"[:500], when)
        assert moved is not None
        gone = draft.put(moved)
        for effect in consequences(gone, live=draft.live_orders(), when=when):
            draft.put(effect)
        tell_denial(draft, order=gone, verdict=verdict, type="risk.denied")
        return draft.done()
