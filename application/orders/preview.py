"""Say what the gate would say, and explain what it said."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from application.orders.cancel import OrderNotFound
from application.orders.commands import Explanation, Preview, SubmitOrder
from application.orders.deps import OrderDesk
from application.orders.gatekeeper import Gatekeeper, Judged
from application.orders.make_orders import check_group, exits_astray, make_orders
from application.orders.refusals import (
    KILL_SWITCH_ON,
    agent_paused,
    told_first,
    venue_orders_full,
)
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.effect import effect_of
from domain.risk.record import explain
from domain.risk.verdict import Approved, Denied, Headroom, Reason
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
        view = self.gatekeeper.view(book)
        orders = make_orders(command, desk=self.desk, when=when, view=lambda: view)
        reasons: list[Reason] = []
        headroom: list[Headroom] = []
        effects: dict[str, str] = {}
        for index, order in enumerate(orders):
            view = self.gatekeeper.marked(view, symbol=order.symbol)
            judged = self.gatekeeper.judge(
                order,
                view=view,
                rules=rules,
                when=when,
                entry=orders[0] if order.waiting else None,
                with_headroom=True,
                others=others,
            )
            headroom += judged.headroom
            view = view.with_message(judged.message(order.terms, book=book, when=when))
            prefix = f"orders[{index}]." if len(orders) > 1 else ""
            effects |= _effect(order, judged=judged, prefix=prefix)
            if isinstance(judged.verdict, Denied):
                reasons += [one for one in judged.verdict.reasons if one not in reasons]
            elif isinstance(judged.verdict, Approved):
                price = judged.verdict.reserved_price
                view = view.with_order(
                    replace(order, state=OrderState.ACCEPTED, reserved_price=price)
                )
        engaged = await self.latches.engaged(tenant_id=tenant_id)
        if any(latch.scope.account_id in (None, command.account_id) for latch in engaged):
            reasons.insert(0, KILL_SWITCH_ON)
        if paused := rules.paused_agent(strategy_id=command.strategy_id, actor=command.asker.actor):
            reasons.insert(0, agent_paused(paused))
        if astray := exits_astray(command, quote=self.desk.view.quote):
            reasons.append(astray)
        most = self.desk.open_orders_max(book.account)
        if full := venue_orders_full(book, more=len(orders), most=most):
            reasons.insert(0, full)
        return Preview(
            approved=not reasons,
            reasons=told_first(reasons),
            headroom=tuple(headroom),
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
