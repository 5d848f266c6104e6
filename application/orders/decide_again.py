"""Ask the gate again for what goes out long after it was passed.

A child waits for its entry, and an order or a replace may wait for a dispatcher that was away
or is behind. What rests by a limit was counted at its price all the while; an order at the
market's price may cost many times what was set aside for it, and rules may have changed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from application.orders.deps import OrderDesk
from application.orders.gatekeeper import Gatekeeper
from application.orders.refusals import agent_paused, tell_denial
from application.orders.steps import withdrawn
from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange, Draft, Fences
from domain.orders.groups import consequences
from domain.orders.moves import Moved, When, fail_request
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.risk.effect import effect_of
from domain.risk.recent import recent_of
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Denied
from domain.shared.values import ZERO

# An approval is asked for again so long before it is too old to leave: the send takes a moment.
SPARE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAgain:
    """Decide on an order right before it is sent, if its approval is old."""

    desk: OrderDesk
    gatekeeper: Gatekeeper
    # Who decided no longer ago than this has decided on prices of now.
    holds: timedelta = timedelta(seconds=5)

    async def __call__(self, order: Order) -> datetime | None:
        """Return since when the approval holds by which the order, or its replace, may go out now.

        None for what may not any more: the order is cancelled, the replace refused. An order
        that only reduces goes out in any case: an exit must not be held back.
        """
        if not self._is_old(order):
            return order.updated_at
        rules = await self.gatekeeper.refresh(tenant_id=order.tenant_id)
        stored = await self.desk.shelf.change(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            decide=lambda book: self._decided(book, order=order, rules=rules),
        )
        if isinstance(stored, BookChange):
            self.desk.wake()
            approved = any(decision.approved for decision in stored.decisions)
            return stored.orders[0].updated_at if approved else None
        # Stale: the rules have changed meanwhile, and the next round meets them.
        return self.desk.clock.now() if stored is True else None

    def _is_old(self, order: Order) -> bool:
        if order.may_pass_halt:
            return False
        waited = order.link is not None and order.link.role is Role.CHILD and order.is_unsent
        return waited or order.updated_at + self.holds - SPARE < self.desk.clock.now()

    def _decided(self, book: AccountBook, *, order: Order, rules: RuleSet) -> BookChange | bool:
        now = book.orders.get(order.id)
        if now is None or not now.is_to_send or _going_out(now) != _going_out(order):
            return False
        when, terms = self.desk.when(), _going_out(now)
        # It was counted as a message when it came.
        view = replace(self.gatekeeper.view(book).without(now.id), recent=recent_of(()))
        view = self.gatekeeper.marked(view, symbol=now.symbol)
        judged = self.gatekeeper.judge(now, view=view, rules=rules, when=when, terms=terms)
        if effect_of(now, terms, judged.situation).reducing:
            return True
        verdict = judged.verdict
        if paused := rules.paused_agent(strategy_id=now.strategy_id, actor=now.actor):
            earlier = verdict.reasons if isinstance(verdict, Denied) else ()
            verdict = Denied(order=now, terms=terms, reasons=(agent_paused(paused), *earlier))
        denied = isinstance(verdict, Denied)
        fences = Fences(rules_version=rules.version)
        draft = Draft(book=book, when=when, new_id=self.desk.new_id, fences=fences)
        draft.decide(judged.decision(id=draft.new_id(), order_id=now.id, approved=not denied))
        if not isinstance(verdict, Denied):
            draft.put(_approved(now, price=verdict.reserved_price, when=when))
            return draft.done()
        said = "; ".join(reason.message for reason in verdict.reasons)
        gone = draft.put(_refused(now, reason=f"not sent: {said}"[:500], when=when))
        for effect in consequences(gone, live=draft.live_orders(), when=when):
            draft.put(effect)
        tell_denial(draft, order=gone, verdict=verdict, type=_told(now))
        return draft.done()


def _going_out(order: Order) -> OrderTerms:
    return order.pending_terms if order.pending_terms is not None else order.terms


def _approved(order: Order, *, price: Decimal | None, when: When) -> Moved:
    if order.pending_terms is not None and price is not None:
        # Until the venue answers either price may be the true one: reserve the larger.
        price = max(price, order.reserved_price or ZERO, key=abs)
    return Moved(order=replace(order, reserved_price=price, updated_at=when.at), events=())


def _refused(order: Order, *, reason: str, when: When) -> Moved:
    if order.state is OrderState.PENDING_UPDATE:
        return fail_request(order, reason=reason, when=when)
    moved = withdrawn(order, reason, when)
    assert moved is not None
    return moved


def _told(order: Order) -> str:
    replaced = order.state is OrderState.PENDING_UPDATE
    return "risk.replace_denied" if replaced else "risk.denied"
