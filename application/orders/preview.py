"""Say what the gate would say, and explain what it said."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from application.orders.blocks import blocks_of
from application.orders.cancel import OrderNotFound
from application.orders.commands import Explanation, Preview, SubmitOrder
from application.orders.deps import OrderDesk
from application.orders.gatekeeper import Gatekeeper, Judged
from application.orders.make_orders import check_group, make_orders
from application.orders.refusals import reasons_of
from domain.orders.order import Order
from domain.risk.effect import effect_of
from domain.risk.headroom import headroom
from domain.risk.order_checks import KILL_SWITCH_ON
from domain.risk.record import explain
from domain.risk.verdict import Approved, Headroom
from domain.shared.values import plain
from ports.kill_switch import Latches


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOrder:
    """Ask the gate what if; nothing is stored, counted or sent."""

    desk: OrderDesk
    gatekeeper: Gatekeeper
    latches: Latches

    async def __call__(self, command: SubmitOrder) -> Preview:
        """Return the verdict on the orders as of now; raises InvalidValue, AccountNotFound."""
        check_group(command)
        tenant_id = command.asker.tenant_id
        rules = await self.gatekeeper.refresh(tenant_id=tenant_id)
        book = await self.desk.shelf.read(tenant_id=tenant_id, account_id=command.account_id)
        others = await self.desk.shelf.others_for(book, counts_all=rules.counts_all_accounts)
        when = self.desk.when()
        engaged = await self.latches.engaged(tenant_id=tenant_id)
        halted = any(one.scope.account_id in (None, command.account_id) for one in engaged)
        orders = make_orders(
            command, desk=self.desk, when=when, view=lambda: self.gatekeeper.view(book)
        )
        judged = self.gatekeeper.judge_each(
            orders,
            book=book,
            rules=rules,
            when=when,
            others=others,
            blocks=blocks_of(command, desk=self.desk, book=book, halted=halted),
        )
        left: list[Headroom] = []
        effects: dict[str, str] = {}
        for index, (order, one) in enumerate(zip(orders, judged, strict=True)):
            prefix = f"orders[{index}]." if len(orders) > 1 else ""
            effects |= _effect(order, judged=one, prefix=prefix)
            compiled = rules.compiled(
                account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
            )
            left += headroom(order, rules=compiled, situation=one.situation)
        return Preview(
            approved=all(isinstance(one.verdict, Approved) for one in judged),
            reasons=reasons_of(one.verdict for one in judged),
            headroom=tuple(left),
            effect=effects,
        )


_FIGURES = ("price", "value", "position_after", "gross_after", "sector_after")


def _effect(order: Order, *, judged: Judged, prefix: str) -> dict[str, str]:
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

    desk: OrderDesk

    async def __call__(self, *, tenant_id: UUID, order_id: UUID) -> Explanation:
        """Return each rule, its inputs, limit and headroom; raises OrderNotFound."""
        order = await self.desk.archive.find(tenant_id=tenant_id, order_id=order_id)
        decision = await self.desk.archive.decision(tenant_id=tenant_id, order_id=order_id)
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
