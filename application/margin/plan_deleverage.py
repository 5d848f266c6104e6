"""Propose what an account should close so that its margin buffer reaches a target."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from uuid import UUID

from application.margin.context import MarginContext
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.accounts.account_margin import AccountMargin
from domain.accounts.book import AccountBook
from domain.accounts.margin_book import Marks
from domain.margin.assessment import Assessment
from domain.margin.deleverage import (
    Holding,
    NoReductions,
    Reductions,
    TargetMet,
    checked_target,
    plan_reductions,
)
from domain.margin.deleverage_plan import (
    DeleveragePlan,
    PlanOrigin,
    PlanState,
    describe_plan,
    plan_steps,
)
from domain.margin.rulebook import NoTable
from domain.orders.terms import Side
from domain.risk.lines import counts_as_resting
from domain.shared.values import ZERO
from ports.margin import DELEVERAGE_PLANS
from ports.transactions import Conflict
from ports.work import Work

# One proposal of an account waits at a time.
_WAITING_MAX = 10
# The places that storage keeps of a share.
_SHARE = Decimal("1E-10")


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Nothing was stored: there is no such plan, or none is needed, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeleverage:
    """Work out the least costly reductions, and keep them until somebody approves."""

    context: MarginContext

    async def __call__(
        self,
        account_id: UUID,
        *,
        target: Decimal,
        by: Asker,
        once: Once[DeleveragePlan | NoPlan] | None = None,
    ) -> DeleveragePlan | NoPlan | Replayed | KeyReused:
        """Return the plan as proposed; raises AccountNotFound, InvalidValue."""
        checked_target(target)
        context = self.context
        book = await context.book_store.read(tenant_id=by.tenant_id, account_id=account_id)
        async with context.changes.works.look(by.tenant_id) as look:
            setting = await context.setting(look, book.account)
        found = await self.reductions(book, setting=setting, target=target)
        made = self.proposal(book, found, setting=setting, by=by.actor, origin=PlanOrigin.PERSON)

        async def propose(work: Work) -> DeleveragePlan | NoPlan:
            if isinstance(made, NoPlan):
                return made
            plans = work.records(DELEVERAGE_PLANS)
            where = {"account_id": account_id, "state": PlanState.PROPOSED}
            for before in await plans.list(limit=_WAITING_MAX, where=where):
                over = before.ended(
                    PlanState.VOID, at=made.proposed_at, problem="another one was proposed"
                )
                await change_plan(context, work, before, over, by=by)
            await plans.add(made)
            await record_plan(context, work, None, made, by=by)
            return made

        return await context.changes.once(propose, tenant_id=by.tenant_id, once=once)

    async def reductions(
        self, book: AccountBook, *, setting: AccountMargin, target: Decimal
    ) -> Reductions | NoReductions | TargetMet:
        """Return what to close of a book as it is now."""
        # All of it at the prices of one moment.
        marks = self.context.marks(book)
        assessed = self.context.assessed(book, setting=setting, marks=marks)
        if isinstance(assessed, NoTable):
            return NoReductions(assessed.problem)
        holdings = self.holdings(book, assessed=assessed, marks=marks)

        def maintenance_of(quantities: Mapping[str, Decimal]) -> Decimal | None:
            found = self.context.assessed(book, setting=setting, quantities=quantities, marks=marks)
            return None if isinstance(found, NoTable) else found.maintenance

        # Many positions take many assessments: nobody else waits for them.
        return await asyncio.to_thread(
            plan_reductions,
            holdings,
            equity=assessed.equity,
            maintenance_of=maintenance_of,
            target=target,
        )

    def holdings(
        self, book: AccountBook, *, assessed: Assessment, marks: Marks
    ) -> tuple[Holding, ...]:
        """Return the positions with what closing them costs, each per unit."""
        alone = not assessed.pairings and assessed.rulebook.stress is None
        by_symbol = {one.symbol: one for one in assessed.positions}
        held: list[Holding] = []
        for symbol, part in by_symbol.items():
            position = book.position(symbol)
            quote, instrument = marks.quote(symbol), marks.instrument(symbol)
            if quote is None or instrument is None:
                continue
            value = quote.last * instrument.multiplier
            found = self.context.volatility(symbol)
            cost = position.average_cost
            gain = ZERO if not cost else (quote.last - cost) / abs(cost)
            held.append(
                Holding(
                    symbol=symbol,
                    quantity=position.quantity,
                    lot=_step(instrument.lot, least=instrument.min_quantity),
                    value=value,
                    half_spread=(quote.ask - quote.bid) / 2 * instrument.multiplier,
                    tax=self.context.taxes.tax(
                        account_id=book.account.id, position=position, price=quote.last
                    ),
                    volatility=None if found is None else Decimal(repr(found)),
                    volume=self.context.view.average_daily_volume(symbol),
                    profit=gain if position.quantity > ZERO else -gain,
                    busy=_closing(book, symbol),
                    frees=part.maintenance / abs(position.quantity) if alone else None,
                )
            )
        return tuple(held)

    def proposal(
        self,
        book: AccountBook,
        found: Reductions | NoReductions | TargetMet,
        *,
        setting: AccountMargin,
        by: str,
        origin: PlanOrigin,
    ) -> DeleveragePlan | NoPlan:
        """Return what was found as a plan to be stored, or why there is none."""
        if isinstance(found, NoReductions):
            return NoPlan(found.reason)
        if isinstance(found, TargetMet):
            return NoPlan("the buffer is at its target or above: nothing has to be closed")
        assessed = self.context.assessed(book, setting=setting)
        buffer = None if isinstance(assessed, NoTable) else assessed.buffer
        return DeleveragePlan(
            id=self.context.changes.ids.new(),
            tenant_id=book.account.tenant_id,
            account_id=book.account.id,
            target=found.target,
            origin=origin,
            steps=plan_steps(found),
            cost=found.cost,
            buffer_before=None if buffer is None else buffer.quantize(_SHARE, ROUND_HALF_EVEN),
            buffer_after=found.buffer_after.quantize(_SHARE, ROUND_HALF_EVEN),
            least=found.least,
            taxes=self.context.taxes.name,
            proposed_by=by,
            proposed_at=self.context.changes.clock.now(),
        )


async def record_plan(
    context: MarginContext,
    work: Work,
    before: DeleveragePlan | None,
    after: DeleveragePlan,
    *,
    by: Asker,
) -> None:
    """Write the audit entry and the notice of what became of a plan."""
    await context.changes.record(
        work,
        f"deleverage.{after.state.value}",
        by=by,
        subject=after.id,
        before=None if before is None else describe_plan(before),
        after=describe_plan(after),
        channel="risk",
        account_id=after.account_id,
    )


async def change_plan(
    context: MarginContext,
    work: Work,
    before: DeleveragePlan,
    after: DeleveragePlan,
    *,
    by: Asker,
) -> DeleveragePlan:
    """Store a plan in place of the one before, with its trail."""
    if not await work.records(DELEVERAGE_PLANS).update(after):
        raise Conflict(f"plan {before.id} changed meanwhile")
    if after.state is not before.state or before.state is not PlanState.APPROVED:
        await record_plan(context, work, before, after, by=by)
    return after


def _step(lot: Decimal, *, least: Decimal) -> Decimal:
    """Return the smallest quantity that may be ordered, in whole lots."""
    return lot * max((least / lot).to_integral_value(ROUND_CEILING), Decimal(1))


def _closing(book: AccountBook, symbol: str) -> Decimal:
    """Return the units that orders at rest would close."""
    held = book.position(symbol).quantity
    side = Side.SELL if held > ZERO else Side.BUY
    # Of peers that cancel each other only the largest can be filled.
    largest: dict[UUID, Decimal] = {}
    for order in book.orders.values():
        if order.symbol == symbol and order.side is side and counts_as_resting(order):
            alike = order.link is not None and order.link.cancels_peers and order.terms.reduce_only
            key = order.link.group_id if order.link is not None and alike else order.id
            largest[key] = max(largest.get(key, ZERO), order.leaves_quantity)
    return sum(largest.values(), ZERO)
