"""Say what the gate would say, and explain what it said."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from application.orders.blocks import blocks_of, target_of
from application.orders.cancel import OrderNotFound
from application.orders.commands import Explanation, Preview, SubmitOrder
from application.orders.deps import OrderContext
from application.orders.gatekeeper import Gatekeeper
from application.orders.judgement import Judgement
from application.orders.make_orders import check_group, make_orders
from application.orders.refusals import reasons_of
from domain.accounts.account_margin import usual_margin
from domain.kill_switch.latch import stronger
from domain.margin.rulebook import NoTable, Rulebook
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.risk.book_view import BookView
from domain.risk.effect import effect_of
from domain.risk.headroom import headroom
from domain.risk.order_checks import KILL_SWITCH_ON
from domain.risk.record import explain
from domain.risk.verdict import Approved, Headroom
from domain.shared.values import plain
from ports.kill_switch import Latches


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """What the gate says now of each order, in the account's book as it stands."""

    when: MoveTimes
    view: BookView
    orders: tuple[Order, ...]
    judged: tuple[Judgement, ...]
    headroom: tuple[Headroom, ...]
    # What the account is margined by today.
    rulebook: Rulebook | NoTable

    @property
    def approved(self) -> bool:
        """Whether every order would pass."""
        return all(isinstance(one.verdict, Approved) for one in self.judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOrder:
    """Ask the gate what if; nothing is stored, counted or sent."""

    context: OrderContext
    gatekeeper: Gatekeeper
    latches: Latches

    async def __call__(self, command: SubmitOrder) -> Preview:
        """Return the verdict on the orders as of now; raises InvalidValue, AccountNotFound."""
        said = await self.ask(command)
        effects: dict[str, str] = {}
        for index, (order, one) in enumerate(zip(said.orders, said.judged, strict=True)):
            prefix = f"orders[{index}]." if len(said.orders) > 1 else ""
            effects |= _effect(order, judged=one, prefix=prefix)
        return Preview(
            approved=said.approved,
            reasons=reasons_of(one.verdict for one in said.judged),
            headroom=said.headroom,
            effect=effects,
        )

    async def ask(self, command: SubmitOrder) -> GateAnswer:
        """Return all that the verdict rests on; raises InvalidValue, AccountNotFound."""
        check_group(command)
        tenant_id = command.asker.tenant_id
        rules = await self.gatekeeper.refresh(tenant_id=tenant_id)
        book = await self.context.book_store.read(
            tenant_id=tenant_id, account_id=command.account_id
        )
        others = await self.context.book_store.others_for(book, counts_all=rules.reads_others)
        activity = await self.gatekeeper.activity(rules, account_id=command.account_id)
        when = self.context.when()
        engaged = await self.latches.engaged(tenant_id=tenant_id)
        orders = make_orders(
            command, context=self.context, when=when, view=lambda: self.gatekeeper.view(book)
        )
        targets = [target_of(order, broker=book.account.broker) for order in orders]
        level = stronger(
            [one.level for one in engaged if any(one.scope.covers(each) for each in targets)]
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
        left: list[Headroom] = []
        for order, one in zip(orders, judged, strict=True):
            compiled = rules.at(when.at).compiled(
                account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
            )
            left += headroom(order, rules=compiled, situation=one.situation)
        return GateAnswer(
            when=when,
            view=self.gatekeeper.view(book),
            orders=orders,
            judged=tuple(judged),
            headroom=tuple(left),
            rulebook=self.gatekeeper.rulebook(
                rules.rulebooks.get(book.account.id) or usual_margin(book.account).rulebook,
                book.account.broker,
                # The rules of the day on which it is asked, also while past prices are replayed.
                when.at.date(),
            ),
        )


_FIGURES = ("price", "value", "position_after", "gross_after", "sector_after")


def _effect(order: Order, *, judged: Judgement, prefix: str) -> dict[str, str]:
    effect = effect_of(order, terms=order.terms, situation=judged.situation)
    figures: dict[str, Decimal | None] = {name: getattr(effect, name) for name in _FIGURES}
    said = {
        f"{prefix}{name}": plain(figure) for name, figure in figures.items() if figure is not None
    }
    said[f"{prefix}reducing"] = "true" if effect.reducing else "false"
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOrder:
    """Explain the latest decision on an order from its record."""

    context: OrderContext

    async def __call__(self, *, tenant_id: UUID, order_id: UUID) -> Explanation:
        """Return each rule, its inputs, limit and headroom; raises OrderNotFound."""
        order = await self.context.archive.find(tenant_id=tenant_id, order_id=order_id)
        decision = await self.context.archive.decision(tenant_id=tenant_id, order_id=order_id)
        if order is None or decision is None:
            raise OrderNotFound(order_id)
        told = explain(decision.record)
        reasons = told.reasons
        if told.approved and not decision.approved:
            # The gate let it pass; the latch, or another order of its group, did not.
            reasons = (replace(KILL_SWITCH_ON, message=order.reason), *reasons)
        return Explanation(
            order_id=order_id,
            approved=decision.approved,
            decided_at=told.decided_at,
            inputs=told.inputs,
            reasons=reasons,
            headroom=told.headroom,
        )
