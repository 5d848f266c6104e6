"""Send a strategy's order by the one road that there is, once for each signal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from application.orders.commands import (
    Accepted,
    Asker,
    Behind,
    ClientIdTaken,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
)
from application.orders.facade import OrderUseCases
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.order_checks import KILL_SWITCH_ON
from domain.signals.signal import PublishedSignal, SignalSide
from domain.strategies.follow import TradeIntent
from domain.strategies.strategy import ActionReason, Strategy, StrategyAction

DETAIL_MAX = 500
_REFUSED = {"AGENT_PAUSED": ActionReason.PAUSED, KILL_SWITCH_ON.code: ActionReason.KILLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentResult:
    """What came of a wish."""

    action: StrategyAction
    why: ActionReason
    order_id: UUID | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOrder:
    """Ask for an order under a client order id that follows from strategy and signal."""

    orders: OrderUseCases
    # What the gate refused.
    on_denied: Callable[[DeniedOrders], None] = lambda _: None

    async def __call__(
        self, strategy: Strategy, signal: PublishedSignal, *, side: SignalSide, wish: TradeIntent
    ) -> IntentResult:
        """Return what became of it; an order that is there already is taken for it."""
        terms = OrderTerms(
            symbol=signal.symbol,
            side=Side.BUY if side is SignalSide.BUY else Side.SELL,
            type=OrderType.MARKET,
            quantity=wish.quantity,
        )
        command = SubmitOrder(
            asker=asker_for(strategy),
            account_id=strategy.account_id,
            orders=(OrderRequest(terms=terms, client_order_id=_order_name(strategy, signal)),),
            strategy_id=strategy.name,
        )
        match outcome := await self.orders.submit(command, idempotency=None):
            case Accepted():
                return became(outcome.orders[0])
            case DeniedOrders():
                self.on_denied(outcome)
                codes = {one.code for one in outcome.reasons}
                whys = [why for code, why in _REFUSED.items() if code in codes]
                told = "; ".join(one.message for one in outcome.reasons)[:DETAIL_MAX]
                denied = became(outcome.orders[0])
                return replace(denied, why=whys[0] if whys else ActionReason.DENIED, detail=told)
            case ClientIdTaken():
                # Another process asked for it at the same moment.
                order = await self.orders.get(
                    tenant_id=strategy.tenant_id, order_id=outcome.order_id
                )
                return became(order)
            case Behind():
                return IntentResult(
                    action=StrategyAction.NONE, why=ActionReason.BEHIND, detail=outcome.detail
                )
            case _:
                raise AssertionError(f"no key was given, and {outcome} came of it")

    async def before(
        self, strategy: Strategy, signals: Sequence[PublishedSignal]
    ) -> Mapping[UUID, Order]:
        """Return the orders that a life which ended since asked for, by their signals."""
        names = {_order_name(strategy, one): one.id for one in signals}
        found = await self.orders.archive.by_client_ids(
            tenant_id=strategy.tenant_id, account_id=strategy.account_id, client_order_ids=names
        )
        return {names[name]: order for name, order in found.items()}


def became(order: Order) -> IntentResult:
    """Return what an order that is stored came to."""
    if order.state is OrderState.DENIED:
        return IntentResult(action=StrategyAction.NONE, why=ActionReason.DENIED, order_id=order.id)
    return IntentResult(action=StrategyAction.ORDER, why=ActionReason.ACTED, order_id=order.id)


def asker_for(strategy: Strategy) -> Asker:
    """Return who asks for a strategy."""
    return Asker(tenant_id=strategy.tenant_id, actor=f"strategy:{strategy.name}")


def _order_name(strategy: Strategy, signal: PublishedSignal) -> str:
    return f"signal-{uuid5(strategy.id, str(signal.id))}"
