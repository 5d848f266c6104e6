"""Take a person's word that the broker never had a parked order, or a replace of it."""

from dataclasses import dataclass

from application.orders.cancel import OrderNotFound
from application.orders.commands import Attestation, NotChangeable
from application.orders.deps import OrderContext
from application.orders.look_at_venue import Look, VenueAnswer
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.audit.entry import AuditEntry
from domain.orders.events import OrderEventType
from domain.orders.groups import consequences, let_on
from domain.orders.moves import Move, MoveTimes, fail_request, move
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.accounts import Stale

ATTESTED = "attested absent at the broker"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestAbsent:
    """Settle what is parked by a person's word, after asking the broker once more.

    An order that is not at the broker is closed; one whose replace never came there goes on
    with its old terms.
    """

    context: OrderContext
    look: Look

    async def __call__(self, attestation: Attestation) -> Order | NotChangeable:
        """Return the order, settled; raises OrderNotFound, InvalidValue.

        A late fill is still booked: canceled -> filled is a legal move.
        """
        if not 1 <= len(attestation.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        asker = attestation.asker
        order = await self.context.archive.find(
            tenant_id=asker.tenant_id, order_id=attestation.order_id
        )
        if order is None:
            raise OrderNotFound(attestation.order_id)
        if order.state is not OrderState.PARKED:
            return NotChangeable(order=order, problem=f"the order is {order.state}, not parked")
        problem = await self._still_there(order)
        if problem is not None:
            return NotChangeable(order=order, problem=problem)

        def decide(book: AccountBook) -> BookChange | None:
            now = book.orders.get(order.id)
            if now is None or now.state is not OrderState.PARKED:
                return None
            when = self.context.when()
            draft = Draft(book=book, when=when, new_id=self.context.new_id)
            if now.has_parked_replace is not order.has_parked_replace:
                return None
            after = draft.put(_settled(now, reason=attestation.reason, when=when))
            for effect in consequences(after, live=draft.live_orders(), when=when):
                draft.put(effect)
            for effect in let_on(now, after, live=draft.live_orders(), when=when):
                draft.put(effect)
            draft.audit(
                AuditEntry(
                    id=self.context.new_id(),
                    tenant_id=order.tenant_id,
                    account_id=order.account_id,
                    actor=asker.actor,
                    action="order.attest_absent",
                    subject=str(order.id),
                    at=when.at,
                    market_at=when.market_at,
                    trace_id=asker.trace_id,
                    detail=(("reason", attestation.reason),),
                    before=(("state", now.state.value),),
                    after=(("state", after.state.value),),
                    reason=attestation.reason,
                )
            )
            return draft.done()

        stored: BookChange | Stale | None = await self.context.book_store.change(
            tenant_id=order.tenant_id, account_id=order.account_id, decide=decide
        )
        if isinstance(stored, BookChange):
            return next(one for one in stored.orders if one.id == order.id)
        return NotChangeable(order=order, problem="the order is not parked any more")

    async def _still_there(self, order: Order) -> str | None:
        answer = (await self.look([order]))[order.id]
        if answer.problem is not None:
            return f"the broker could not be asked: {answer.problem}"
        if order.has_parked_replace:
            return _not_as_before(answer)
        return f"the broker has it: {answer.state}" if answer.state is not None else None


def _not_as_before(answer: VenueAnswer) -> str | None:
    if answer.state is None:
        return "the broker does not show the order"
    if not answer.as_before:
        return "the broker does not hold the order with its old terms"
    return None


def _settled(order: Order, *, reason: str, when: MoveTimes) -> Move:
    said = f"{ATTESTED}: {reason}"
    if order.has_parked_replace:
        return fail_request(order, reason=said, when=when)
    return move(
        order,
        to=OrderState.CANCELED,
        type=OrderEventType.RESOLVED,
        when=when,
        reason=said,
    )
