"""Change a live order's quantity and prices, through the gate like a new one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from application.accounts.book_store import Others
from application.orders.cancel import OrderNotFound
from application.orders.commands import (
    NotChangeable,
    ReplaceDenied,
    ReplaceOrder,
    Replacing,
)
from application.orders.deps import OrderContext
from application.orders.gatekeeper import Gatekeeper
from application.orders.judgement import ReadAgain, versions_of
from application.orders.refusals import tell_denial
from application.shared.change import ATTEMPTS_MAX
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences, Reply
from domain.accounts.change import Draft
from domain.audit.entry import AuditEntry
from domain.orders.moves import MoveTimes, describe_terms, request_replace
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.risk.activity import Activity
from domain.risk.order_checks import KILL_SWITCH_ON, KILL_SWITCH_REDUCING
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Denied
from domain.shared.values import InvalidValue, plain
from ports.accounts import Stale, StaleCause
from ports.idempotency import AlreadyAnswered
from ports.storage import StorageUnavailable

CHANGEABLE = frozenset(
    {
        OrderState.ACCEPTED,
        OrderState.WORKING,
        OrderState.TRIGGERED,
        OrderState.PARTIALLY_FILLED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Ask for new terms of an order."""

    context: OrderContext
    gatekeeper: Gatekeeper

    async def __call__(
        self,
        command: ReplaceOrder,
        *,
        answer: Callable[[Replacing | ReplaceDenied], Reply] | None = None,
    ) -> Replacing | ReplaceDenied | NotChangeable:
        """Return whether the new terms are on their way; the order keeps its old ones until
        the venue confirms. Raises OrderNotFound, InvalidValue, StorageUnavailable.

        answer is stored with the change; a key that has one already raises AlreadyAnswered.
        """
        tenant_id = command.asker.tenant_id
        order = await self.context.archive.find(tenant_id=tenant_id, order_id=command.order_id)
        if order is None:
            raise OrderNotFound(command.order_id)
        if order.is_closed:
            return NotChangeable(order=order, problem=f"the order is {order.state} already")
        rules = await self.gatekeeper.rules(tenant_id=tenant_id)
        for _ in range(ATTEMPTS_MAX):
            told = _Refusal()
            activity = await self.gatekeeper.activity(rules, account_id=order.account_id)
            stored: BookChange | NotChangeable | ReadAgain | Stale
            stored = await self.context.book_store.change_beside(
                tenant_id=tenant_id,
                account_id=order.account_id,
                counts_all=rules.counts_all_accounts,
                symbols=rules.fenced((order.symbol,)),
                decision=partial(
                    self._decision,
                    order,
                    command=command,
                    rules=rules,
                    told=told,
                    answer=answer,
                    activity=activity,
                ),
            )
            match stored:
                case BookChange() if told.denied is not None:
                    return told.denied
                case BookChange():
                    self.context.wake()
                    return _replacing(stored, order)
                case Stale(StaleCause.RULES):
                    rules = await self.gatekeeper.refresh(tenant_id=tenant_id)
                case Stale(StaleCause.HALTED):
                    return ReplaceDenied(order=order, reasons=(KILL_SWITCH_ON,))
                case Stale(StaleCause.REDUCING):
                    return ReplaceDenied(order=order, reasons=(KILL_SWITCH_REDUCING,))
                case Stale(StaleCause.REPLIED):
                    raise AlreadyAnswered(f"the replace of order {order.id} was answered before")
                case Stale():
                    break
                case ReadAgain():
                    continue
                case _:
                    return stored
        raise StorageUnavailable("the rules kept changing; try again")

    def _decision(
        self,
        order: Order,
        others: Others,
        *,
        command: ReplaceOrder,
        rules: RuleSet,
        told: "_Refusal",
        answer: Callable[[Replacing | ReplaceDenied], Reply] | None,
        activity: Activity | None,
    ) -> Callable[[AccountBook], BookChange | NotChangeable | ReadAgain]:
        def decide(book: AccountBook) -> BookChange | NotChangeable | ReadAgain:
            told.denied = None
            if activity is not None and activity.is_behind(book):
                return ReadAgain()
            now = book.orders.get(order.id)
            if now is None:
                return NotChangeable(order=order, problem="the order is closed already")
            if now.state not in CHANGEABLE:
                return NotChangeable(order=now, problem=f"the order is {now.state}")
            if self.context.view.splits(now.symbol).after(now.market_at):
                # New terms beside old ones would count in two kinds of shares.
                split = "the symbol was split: the order is being restated, ask again then"
                return NotChangeable(order=now, problem=split)
            terms = new_terms(now, command)
            if terms == now.terms:
                return NotChangeable(order=now, problem="the order has these terms already")
            return self._decide(
                now,
                terms=terms,
                book=book,
                others=others,
                command=command,
                rules=rules,
                told=told,
                activity=activity,
            )

        return _answered(decide, order=order, told=told, answer=answer)

    def _decide(
        self,
        now: Order,
        *,
        terms: OrderTerms,
        book: AccountBook,
        others: Others,
        command: ReplaceOrder,
        rules: RuleSet,
        told: "_Refusal",
        activity: Activity | None,
    ) -> BookChange:
        when = self.context.when()
        view = self.gatekeeper.view.marked(
            self.gatekeeper.view(book).without(now.id), symbol=now.symbol
        )
        judged = self.gatekeeper.judge(
            now,
            view=view,
            rules=rules,
            when=when,
            entry=_entry(now, book=book),
            terms=terms,
            others=others,
            actor=command.asker.actor,
            activity=activity,
        )
        verdict = judged.verdict
        denied = isinstance(verdict, Denied)
        draft = Draft(
            book=book,
            when=when,
            new_id=self.context.new_id,
            fences=Fences(
                rules_version=rules.version,
                must_be_released=not denied,
                reduces=not denied and verdict.reducing,
                others=versions_of(others, judged, rules=rules),
            ),
        )
        # Refused or not, it was a message: rates count it, and the audit trail has it.
        draft.take_in(judged.message(terms, book=book, when=when))
        draft.audit(self._audited(now, terms=terms, command=command, when=when, denied=denied))
        if isinstance(verdict, Denied):
            told.denied = ReplaceDenied(order=now, reasons=verdict.reasons)
            tell_denial(draft, order=now, verdict=verdict, type="risk.replace_denied")
            return draft.done()
        draft.put(request_replace(now, terms=terms, price=verdict.reserved_price, when=when))
        draft.decide(judged.decision(id=self.context.new_id(), order_id=now.id, approved=True))
        return draft.done()

    def _audited(
        self, now: Order, *, terms: OrderTerms, command: ReplaceOrder, when: MoveTimes, denied: bool
    ) -> AuditEntry:
        return AuditEntry(
            id=self.context.new_id(),
            tenant_id=now.tenant_id,
            account_id=now.account_id,
            actor=command.asker.actor,
            action="order.replace",
            subject=str(now.id),
            at=when.at,
            market_at=when.market_at,
            trace_id=command.asker.trace_id,
            detail=(("denied", str(denied).lower()), *describe_terms(terms)),
            before=describe_terms(now.terms),
            after=describe_terms(now.terms if denied else terms),
        )


def _entry(order: Order, *, book: AccountBook) -> Order | None:
    """Return the entry that the order still waits for: what it undoes is not held yet."""
    if not order.waiting or order.link is None or order.link.parent_id is None:
        return None
    return book.orders.get(order.link.parent_id)


@dataclass(slots=True)
class _Refusal:
    """What the latest decision would answer beside the change that stores it."""

    denied: ReplaceDenied | None = None


def _replacing(change: BookChange, order: Order) -> Replacing:
    return Replacing(order=next(one for one in change.orders if one.id == order.id))


def _answered(
    decide: Callable[[AccountBook], BookChange | NotChangeable | ReadAgain],
    *,
    order: Order,
    told: "_Refusal",
    answer: Callable[[Replacing | ReplaceDenied], Reply] | None,
) -> Callable[[AccountBook], BookChange | NotChangeable | ReadAgain]:
    """Put the answer into what is decided."""
    if answer is None:
        return decide

    def with_answer(book: AccountBook) -> BookChange | NotChangeable | ReadAgain:
        change = decide(book)
        if isinstance(change, NotChangeable | ReadAgain):
            return change
        outcome = told.denied if told.denied is not None else _replacing(change, order)
        return replace(change, replies=(answer(outcome),))

    return with_answer


def new_terms(order: Order, command: ReplaceOrder) -> OrderTerms:
    """Return the order's terms with what the command changes; raises InvalidValue."""
    old = order.terms
    quantity = command.quantity if command.quantity is not None else old.quantity
    if quantity <= order.filled_quantity:
        filled = plain(order.filled_quantity)
        raise InvalidValue(field="quantity", problem=f"must be above the {filled} filled already")
    shown = old.display_quantity
    return replace(
        old,
        quantity=quantity,
        limit_price=_changed(command.limit_price, old.limit_price),
        stop_price=_changed(command.stop_price, old.stop_price),
        trail=_changed(command.trail, old.trail),
        display_quantity=min(shown, quantity) if shown is not None else None,
    )


def _changed(asked: Decimal | None, old: Decimal | None) -> Decimal | None:
    return asked if asked is not None else old
