"""Show what a strategy's orders brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from application.shared.keeper import Keeper
from application.strategies.keep_strategies import DECISIONS
from domain.orders.order import Fill
from domain.shared.refusals import Conflicting
from domain.strategies.performance import Performance, performance_of
from domain.strategies.strategy import Strategy, StrategyAction
from ports.market import Instruments, MarketView
from ports.orders import OrderArchive

PAGE = 1_000
ORDERS_MAX = 10_000
FILLS_MAX = 100_000


class TooMuchToTell(Conflicting):
    """More orders or fills lie there than are read at once."""

    slug, title = "too-much-to-tell", "Too much to tell"
    meaning = "The strategy's orders, or its account's fills, are more than are added up at once."


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerformance:
    """A strategy, what came of its decisions, and what its fills brought."""

    strategy: Strategy
    orders: int
    shadow_decisions: int
    brought: Performance
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPerformance:
    """The figures of a strategy's own orders: those that its decisions bear, and no others.

    Nothing is made up for what it decided in shadow: that was never filled.
    """

    keeper: Keeper[Strategy]
    archive: OrderArchive
    instruments: Instruments
    view: MarketView

    async def show(self, id: UUID, *, tenant_id: UUID) -> ShownPerformance:
        """Return the figures as of now; raises Absent, TooMuchToTell."""
        strategy = await self.keeper.get(id, tenant_id=tenant_id)
        orders = await self._orders(strategy)
        fills = await self._fills(strategy, orders=orders) if orders else []
        async with self.keeper.changes.works.look(tenant_id) as look:
            shadow = await look.records(DECISIONS).count(
                where={"strategy_id": id, "action": StrategyAction.SHADOW.value}
            )
        multipliers = {
            one.symbol: found.multiplier
            for one in fills
            if (found := self.instruments.find(one.symbol)) is not None
        }
        return ShownPerformance(
            strategy=strategy,
            orders=len(orders),
            shadow_decisions=shadow,
            brought=performance_of(
                fills, multipliers=multipliers, splits=self.view.splits, price=self._price
            ),
            at=self.keeper.changes.clock.now(),
        )

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.view.quote(symbol)
        return quote.last if quote is not None else None

    async def _orders(self, strategy: Strategy) -> set[UUID]:
        where = {"strategy_id": strategy.id, "action": StrategyAction.ORDER.value}
        found: set[UUID] = set()
        after: UUID | None = None
        async with self.keeper.changes.works.look(strategy.tenant_id) as look:
            while True:
                page = await look.records(DECISIONS).list(limit=PAGE, after=after, where=where)
                found |= {one.order_id for one in page if one.order_id is not None}
                if len(page) < PAGE:
                    return found
                if len(found) >= ORDERS_MAX:
                    raise TooMuchToTell(f"{strategy.name} has more than {ORDERS_MAX} orders")
                after = page[-1].id

    async def _fills(self, strategy: Strategy, *, orders: set[UUID]) -> Sequence[Fill]:
        found: list[Fill] = []
        seen, after = 0, None
        while True:
            page = await self.archive.fills(
                tenant_id=strategy.tenant_id,
                account_id=strategy.account_id,
                limit=PAGE,
                after=after,
            )
            found += [one for one in page if one.order_id in orders]
            seen += len(page)
            if len(page) < PAGE:
                # Newest first by id; one that was reported late belongs where it was executed.
                return sorted(found, key=lambda one: (one.market_at, one.id))
            if seen >= FILLS_MAX:
                raise TooMuchToTell(f"the account of {strategy.name} has {FILLS_MAX} fills or more")
            after = page[-1].id
