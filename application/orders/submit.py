"""Take an order in: decide on the account's latest book, store it whole, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from application.accounts.book_store import Others
from application.orders.answered_before import client_id_taken, replayed, replayed_if_any
from application.orders.backlog import Backlog, all_reduce
from application.orders.blocks import blocks_of
from application.orders.commands import (
    Accepted,
    Behind,
    DeniedOrders,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.deps import OrderContext
from application.orders.gatekeeper import Gatekeeper
from application.orders.judgement import (
    Judgement,
    ReadAgain,
    Tripped,
    tripped,
    versions_of,
)
from application.orders.make_orders import check_group, make_orders
from application.orders.refusals import (
    describe_denial,
    reasons_of,
    tell_alerts,
)
from application.shared.change import ATTEMPTS_MAX, Once
from domain.accounts.book import AccountBook, Channel
from domain.accounts.book_change import BookChange, Fences, Halt
from domain.accounts.change import Draft
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Level
from domain.orders.events import OrderEventType
from domain.orders.moves import describe_terms, move
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.activity import Activity
from domain.risk.measure import DAY_UNKNOWN
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Approved, Denied, Headroom, Reason
from domain.shared.frozen import builder, changer
from domain.shared.texts import id_text
from ports.accounts import AccountBooks, Stale, StaleCause
from ports.storage import StorageUnavailable
from ports.time import Sleeper

# A session opens a moment before every account's day is opened, splits first. Who submits
# right then waits for it so often, so long each time, and is denied only after that.
DAY_LOOKS = 50
DAY_LOOK_S = 0.02

_changed = changer(Order)
_entry = builder(AuditEntry)


class _DayToCome:
    """Nothing speaks against the order but that the account's trading day is not opened yet."""


@dataclass(slots=True)
class _Decision:
    """What the latest decision would answer, beside the change that stores it."""

    outcome: Accepted | DeniedOrders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Submit an order or a group of orders."""

    context: OrderContext
    gatekeeper: Gatekeeper
    books: AccountBooks
    sleeper: Sleeper
    # Without a bound where nothing else is said, as in a replay of history.
    backlog: Backlog = field(default_factory=Backlog)

    async def __call__(
        self, command: SubmitOrder, *, idempotency: Once[SubmitOutcome] | None
    ) -> SubmitOutcome:
        """Return what became of it; when this returns, it is durable.

        Raises InvalidValue, AccountNotFound, TooContended, StorageUnavailable.
        """
        check_group(command)
        tenant_id = command.asker.tenant_id
        rules = await self.gatekeeper.rules(tenant_id=tenant_id)
        level: Level | None = None
        attempts, looks = ATTEMPTS_MAX, DAY_LOOKS
        while attempts:
            made = _Decision()
            activity = await self.gatekeeper.activity(rules, account_id=command.account_id)
            stored: BookChange | _DayToCome | ReadAgain | Tripped | Behind | Stale
            stored = await self.context.book_store.change_beside(
                tenant_id=tenant_id,
                account_id=command.account_id,
                counts_all=rules.counts_all_accounts,
                symbols=rules.fenced(one.terms.symbol for one in command.orders),
                decision=partial(
                    self._decision,
                    command,
                    rules=rules,
                    level=level,
                    idempotency=idempotency,
                    made=made,
                    may_wait=looks > 0,
                    activity=activity,
                ),
            )
            if isinstance(stored, _DayToCome):
                looks -= 1
                await self.sleeper.sleep(DAY_LOOK_S)
                continue
            if isinstance(stored, Behind):
                # Who asks again for an answer that there is already gets that.
                if idempotency is None:
                    return stored
                found = await replayed_if_any(self.books, command=command, idempotency=idempotency)
                return found or stored
            attempts -= 1
            if isinstance(stored, ReadAgain | Tripped):
                rules = await self.gatekeeper.anew(stored, rules=rules)
                continue
            if isinstance(stored, BookChange):
                assert made.outcome is not None
                if isinstance(made.outcome, Accepted):
                    self.context.wake()
                return made.outcome
            match stored.cause:
                case StaleCause.RULES:
                    rules = await self.gatekeeper.refresh(tenant_id=tenant_id)
                case StaleCause.HALTED | StaleCause.REDUCING:
                    halted = stored.cause is StaleCause.HALTED
                    level = Level.HALTED if halted else level or Level.REDUCING
                case StaleCause.REPLIED if idempotency is not None:
                    return await replayed(self.books, command=command, idempotency=idempotency)
                case StaleCause.CLIENT_ID:
                    return await client_id_taken(self.context.archive, command=command)
                case _:
                    break
        raise StorageUnavailable("the rules, latches or fills kept changing; try again")

    def _decision(
        self,
        command: SubmitOrder,
        others: Others,
        *,
        rules: RuleSet,
        level: Level | None,
        idempotency: Once[SubmitOutcome] | None,
        made: _Decision,
        may_wait: bool,
        activity: Activity | None,
    ) -> Callable[[AccountBook], BookChange | _DayToCome | ReadAgain | Tripped | Behind]:
        def decide(book: AccountBook) -> BookChange | _DayToCome | ReadAgain | Tripped | Behind:
            if activity is not None and activity.is_behind(book):
                return ReadAgain()
            when = self.context.when()
            orders = make_orders(
                command, context=self.context, when=when, view=lambda: self.gatekeeper.view(book)
            )
            judged = self.gatekeeper.judge_each(
                orders,
                book=book,
                rules=rules,
                when=when,
                others=others,
                blocks=blocks_of(command, context=self.context, book=book, level=level),
                activity=activity,
            )
            if (ran_away := tripped(judged, rules=rules)) is not None:
                return ran_away
            reasons = reasons_of(one.verdict for one in judged)
            if may_wait and reasons and all(reason.code == DAY_UNKNOWN for reason in reasons):
                return _DayToCome()
            behind = self.backlog.behind(book, more=len(orders), now=when.at)
            if behind is not None and not reasons and not all_reduce(orders, judged):
                return behind
            draft = Draft(
                book=book,
                when=when,
                new_id=self.context.new_id,
                fences=Fences(
                    rules_version=rules.version,
                    # What is denied anyway is told of a stop, too: looked at once more, it knows.
                    must_be_released=not reasons or level is None,
                    reduces=not reasons and all(one.verdict.reducing for one in judged),
                    others=versions_of(others, *judged, rules=rules),
                ),
            )
            for order, one in zip(orders, judged, strict=True):
                draft.take_in(one.message(order.terms, book=book, when=when))
            if reasons:
                made.outcome = self._deny(draft, orders=orders, judged=judged, reasons=reasons)
            else:
                made.outcome = self._accept(draft, orders=orders, judged=judged)
            self._audit(draft, command=command, outcome=made.outcome)
            if idempotency is not None:
                draft.reply = idempotency.reply(made.outcome)
            return draft.done()

        return decide

    def _accept(
        self, draft: Draft, *, orders: tuple[Order, ...], judged: list[Judgement]
    ) -> Accepted:
        accepted: list[Order] = []
        warnings: list[Headroom] = []
        for order, one in zip(orders, judged, strict=True):
            assert isinstance(one.verdict, Approved)
            reserved = _changed(order, reserved_price=one.verdict.reserved_price)
            accepted.append(
                draft.put(
                    move(
                        reserved,
                        to=OrderState.ACCEPTED,
                        type=OrderEventType.ACCEPTED,
                        when=draft.when,
                        detail=describe_terms(order.terms),
                    )
                )
            )
            draft.decide(one.decision(id=self.context.new_id(), order_id=order.id, approved=True))
            warnings += one.verdict.warnings
        tell_alerts(draft, warnings=warnings, order=orders[0])
        return Accepted(orders=tuple(accepted), warnings=tuple(warnings))

    def _deny(
        self,
        draft: Draft,
        *,
        orders: tuple[Order, ...],
        judged: list[Judgement],
        reasons: tuple[Reason, ...],
    ) -> DeniedOrders:
        denied: list[Order] = []
        said = "; ".join(reason.message for reason in reasons)[:500]
        for order, one in zip(orders, judged, strict=True):
            denied.append(
                draft.put(
                    move(
                        order,
                        to=OrderState.DENIED,
                        type=OrderEventType.DENIED,
                        when=draft.when,
                        reason=said,
                        detail=(("codes", ",".join(reason.code for reason in reasons)),),
                    )
                )
            )
            draft.decide(one.decision(id=self.context.new_id(), order_id=order.id, approved=False))
            if isinstance(one.verdict, Denied) and one.verdict.halt and draft.halt is None:
                draft.halt = Halt(
                    latch_id=self.context.new_id(),
                    reason=one.verdict.halt[:500],
                    actor="rule",
                    at=draft.when.at,
                )
        draft.tell(
            Channel.RISK,
            type="risk.denied",
            subject=id_text(orders[0].id),
            body=describe_denial(
                orders[0], reasons=reasons, halt=draft.halt.reason if draft.halt else ""
            ),
        )
        return DeniedOrders(orders=tuple(denied), reasons=reasons)

    def _audit(
        self, draft: Draft, *, command: SubmitOrder, outcome: Accepted | DeniedOrders
    ) -> None:
        for order in outcome.orders:
            draft.audit(
                _entry(
                    id=self.context.new_id(),
                    tenant_id=order.tenant_id,
                    account_id=order.account_id,
                    actor=command.asker.actor,
                    action="order.submit",
                    subject=id_text(order.id),
                    at=draft.when.at,
                    market_at=draft.when.market_at,
                    trace_id=command.asker.trace_id,
                    detail=(
                        ("state", order.state),
                        ("symbol", order.symbol),
                        ("side", order.side),
                        *describe_terms(order.terms),
                        *((("halt", draft.halt.reason),) if draft.halt is not None else ()),
                    ),
                )
            )
