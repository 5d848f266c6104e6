"""Carry out approved de-leverage plans: one reduce-only order at a time, each worked out anew."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.margin.context import MarginContext
from application.margin.plan_deleverage import PlanDeleverage, change_plan
from application.margin.tell_people import TellPeople
from application.orders.commands import DeniedOrders, OrderRequest, SubmitOrder
from application.orders.gatekeeper import Gatekeeper
from application.orders.submit import Submit
from application.shared.asker import Asker
from domain.accounts.account import Account
from domain.accounts.account_margin import AccountMargin
from domain.margin.deleverage import NoReductions, Reduction, Reductions, TargetMet
from domain.margin.deleverage_plan import STEPS_MAX, DeleveragePlan, PlanState, describe_plan
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.order_checks import NOT_REDUCING
from domain.shared.values import ZERO
from ports.margin import DELEVERAGE_PLANS
from ports.orders import OrderArchive
from ports.time import Sleeper
from ports.work import Work

INTERVAL_S = 1.0
_PAGE = 200
# Who cannot be filled at all is not asked again and again.
_REFUSED = frozenset({OrderState.REJECTED, OrderState.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutPlans:
    """Sends the orders of approved plans through the gate, also after a restart.

    The number of the order in hand is stored before it is sent, and names it: however often this
    is cut short, and whoever else does the same, each is taken in once. What it closes is worked
    out from the book as it is then. A plan ends at its target, or stops and says why.
    """

    context: MarginContext
    planning: PlanDeleverage
    submit: Submit
    archive: OrderArchive
    gatekeeper: Gatekeeper
    tell: TellPeople
    sleeper: Sleeper
    on_failure: Callable[[DeleveragePlan, Exception], None]

    async def run(self) -> None:
        """Carry out until the task is cancelled."""
        while True:
            await self.round()
            await self.sleeper.sleep(INTERVAL_S)

    async def round(self) -> None:
        """Take every approved plan one step further; one that fails holds no other up."""
        after: UUID | None = None
        while True:
            page = await self.context.changes.works.everywhere(
                DELEVERAGE_PLANS, limit=_PAGE, after=after, where={"state": PlanState.APPROVED}
            )
            for plan in page:
                try:
                    await self.advance(plan)
                # Whatever it is, the other plans go on; this one is tried again.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(plan, problem)
            if len(page) < _PAGE:
                return
            after = page[-1].id

    async def advance(self, plan: DeleveragePlan) -> None:
        """Send the next order of a plan, wait for the one in hand, or end it."""
        context = self.context
        account = await context.directory.find(tenant_id=plan.tenant_id, account_id=plan.account_id)
        assert account is not None
        order = await self._in_hand(plan)
        if order is not None:
            if not order.is_closed:
                return
            if order.state in _REFUSED and not order.filled_quantity:
                why = f"its order in {order.symbol} was {order.state.value}"
                await self._end(plan, PlanState.STOPPED, problem=f"{why}: {order.reason or ''}")
                return
        async with context.changes.works.look(plan.tenant_id) as look:
            setting = await context.setting(look, account)
        found = await self._found(plan, account, setting=setting)
        if found is None:
            return
        if isinstance(found, TargetMet):
            await self._end(plan, PlanState.REACHED)
        elif isinstance(found, NoReductions):
            await self._end(plan, PlanState.STOPPED, problem=found.reason)
        elif order is None and plan.step:
            # It was numbered and never taken in: a restart came between.
            await self._send(plan, found)
        elif plan.step >= STEPS_MAX:
            await self._end(plan, PlanState.STOPPED, problem=f"not there in {STEPS_MAX} orders")
        else:
            numbered = await context.changes.run(
                lambda work: self._numbered(work, plan), tenant_id=plan.tenant_id
            )
            if numbered is not None:
                await self._send(numbered, found)

    async def _numbered(self, work: Work, plan: DeleveragePlan) -> DeleveragePlan | None:
        """Give the next order its number, unless another process was first."""
        now = await work.records(DELEVERAGE_PLANS).get(plan.id)
        if now is None or now.version != plan.version:
            return None
        return await change_plan(self.context, work, now, now.next_step(), by=_by(plan))

    async def _in_hand(self, plan: DeleveragePlan) -> Order | None:
        if not plan.step:
            return None
        return await self.archive.by_client_id(
            tenant_id=plan.tenant_id,
            account_id=plan.account_id,
            client_order_id=plan.client_order_id,
        )

    async def _found(
        self, plan: DeleveragePlan, account: Account, *, setting: AccountMargin
    ) -> Reduction | NoReductions | TargetMet | None:
        """Return what to close first as things are now, None while no market of it is open."""
        book = await self.context.book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )
        found = await self.planning.reductions(book, setting=setting, target=plan.target)
        if not isinstance(found, Reductions):
            return found
        now = self.context.market_clock.now()
        for step in found.steps:
            session = self.gatekeeper.session(step.symbol, at=now)
            if session is None or session.is_open:
                return step
        return None

    async def _send(self, plan: DeleveragePlan, step: Reduction) -> None:
        instrument = self.context.instruments.find(step.symbol)
        quantity = abs(step.quantity)
        if instrument is not None:
            most = instrument.max_quantity
            quantity = min(quantity, most - most % instrument.lot)
        outcome = await self.submit(
            SubmitOrder(
                asker=_by(plan),
                account_id=plan.account_id,
                orders=(
                    OrderRequest(
                        terms=OrderTerms(
                            symbol=step.symbol,
                            side=Side.SELL if step.quantity < ZERO else Side.BUY,
                            type=OrderType.MARKET,
                            quantity=quantity,
                            reduce_only=True,
                        ),
                        client_order_id=plan.client_order_id,
                    ),
                ),
            ),
            idempotency=None,
        )
        if not isinstance(outcome, DeniedOrders):
            return
        if all(reason.code == NOT_REDUCING for reason in outcome.reasons):
            # The position moved meanwhile: the next round works it out anew.
            return
        said = "; ".join(reason.message for reason in outcome.reasons)
        await self._end(plan, PlanState.STOPPED, problem=f"the gate denied {step.symbol}: {said}")

    async def _end(self, plan: DeleveragePlan, state: PlanState, *, problem: str = "") -> None:
        context = self.context

        async def end(work: Work) -> DeleveragePlan | None:
            now = await work.records(DELEVERAGE_PLANS).get(plan.id)
            if now is None or now.state is not PlanState.APPROVED:
                return None
            after = now.ended(state, at=context.changes.clock.now(), problem=problem)
            return await change_plan(context, work, now, after, by=_by(plan))

        ended = await context.changes.run(end, tenant_id=plan.tenant_id)
        if ended is not None:
            await self.tell(
                tenant_id=plan.tenant_id,
                account_id=plan.account_id,
                kind=f"deleverage_{state.value}",
                detail=(("plan_id", str(plan.id)), *sorted(describe_plan(ended).items())),
            )


def _by(plan: DeleveragePlan) -> Asker:
    return Asker(tenant_id=plan.tenant_id, actor=plan.approved_by)
