"""Let strategies act on signals: at most one order for each strategy and signal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from application.agents.list_agents import agent_named
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
from application.shared.change import Changes
from application.strategies.keep_strategies import (
    CHANNEL,
    DECISIONS,
    STRATEGIES,
    STRATEGIES_MAX,
    KeepStrategies,
)
from domain.agents.agent import DesiredState
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.order_checks import KILL_SWITCH_ON
from domain.shared.values import InvalidValue
from domain.signals.signal import PublishedSignal, SignalSide
from domain.strategies.follow import DAYS, Standing, Wish, daily_sigma, hears, objection, size
from domain.strategies.strategy import (
    Strategy,
    StrategyAction,
    StrategyDecision,
    StrategyMode,
    Why,
    describe_decision,
)
from ports.holdings import Holdings, HoldingUnknown
from ports.market import Instruments, MarketView
from ports.signals import SIGNALS, Delivery, SignalStream, SignalsUnavailable
from ports.storage import StorageUnavailable
from ports.time import Sleeper
from ports.transactions import Conflict
from ports.work import Work

GROUP = "strategy_consumers"
BATCH = 10
BLOCK_S = 1.0
# What a member left open so long is another's: far longer than a decision takes.
STUCK_S = 60.0
AGAIN_S = 1.0
DETAIL_MAX = 500
_REFUSED = {"AGENT_PAUSED": Why.PAUSED, KILL_SWITCH_ON.code: Why.KILLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnSignals:
    """Read the stream of signals as one member of the group, and decide for every strategy.

    A signal that comes again finds its decisions there; between an order and its decision the
    order is known by its client order id, which follows from strategy and signal.
    """

    stream: SignalStream
    member: str
    changes: Changes
    strategies: KeepStrategies
    holdings: Holdings
    orders: OrderUseCases
    instruments: Instruments
    view: MarketView
    sleeper: Sleeper
    on_away: Callable[[str], None]
    beat: Callable[[], Awaitable[None]]

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.drain(wait_s=BLOCK_S)
                await self.beat()
            # What was not acknowledged comes again.
            except (SignalsUnavailable, StorageUnavailable, Conflict) as problem:
                self.on_away(str(problem))
                await self.sleeper.sleep(AGAIN_S)

    async def drain(self, *, wait_s: float) -> int:
        """Decide on what lies there and return how many signals that were."""
        stuck = await self.stream.claim_stuck(
            group=GROUP, member=self.member, stuck_s=STUCK_S, limit=BATCH
        )
        came: Sequence[Delivery] = stuck or await self.stream.read(
            group=GROUP, member=self.member, limit=BATCH, wait_s=wait_s
        )
        for one in came:
            await self._decide(one.signal.tenant_id, one.signal.id)
            await self.stream.ack(group=GROUP, places=[one.place])
        return len(came)

    async def _decide(self, tenant_id: UUID, signal_id: UUID) -> None:
        async with self.changes.works.look(tenant_id) as look:
            signal = await look.records(SIGNALS).get(signal_id)
            strategies = await look.records(STRATEGIES).list(limit=STRATEGIES_MAX)
            known = await look.records(DECISIONS).list(
                limit=STRATEGIES_MAX, where={"signal_id": signal_id}
            )
        if signal is None:
            # It was kept for long enough.
            return
        decided = {one.strategy_id for one in known}
        for strategy in strategies:
            if strategy.id in decided or not hears(strategy, signal):
                continue
            try:
                await self._act(strategy, signal)
            # What is away comes back, and the signal comes again.
            except (SignalsUnavailable, StorageUnavailable, Conflict):
                raise
            # Whatever else goes wrong in one stops that one: it must not keep others from signals.
            except Exception as problem:  # noqa: BLE001
                told = f"{signal.symbol}: {str(problem) or type(problem).__name__}"
                await self.strategies.fail(
                    strategy.id, by=_asker(strategy), problem=told[:DETAIL_MAX]
                )

    async def _act(self, strategy: Strategy, signal: PublishedSignal) -> None:
        now = self.changes.clock.now()
        acted_at = await self._acted_at(strategy, signal.symbol)
        sent = await self._sent_before(strategy, signal)
        kept_from = None if sent else objection(strategy, signal, now=now, acted_at=acted_at)
        if not sent and kept_from is None and await self._is_paused(strategy):
            kept_from = Why.PAUSED
        sigma, wish, detail = None, Wish(why=kept_from or Why.ACTED), ""
        if sent is not None:
            wish = Wish(why=Why.ACTED, quantity=sent.terms.quantity)
        elif kept_from is None:
            sigma, wish, detail = await self._sized(strategy, signal)
        came = _Came(action=StrategyAction.NONE, why=wish.why, detail=detail)
        if sent is not None:
            came = _became(sent)
        elif wish.why is Why.ACTED and strategy.mode is StrategyMode.LIVE:
            came = await self._order(strategy, signal, wish)
        elif wish.why is Why.ACTED:
            came = _Came(action=StrategyAction.SHADOW, why=Why.ACTED)
        decision = StrategyDecision(
            id=self.changes.ids.new(),
            tenant_id=strategy.tenant_id,
            strategy_id=strategy.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            side=signal.side,
            score=signal.score,
            sigma=None if sigma is None else round(Decimal(repr(sigma)), 12),
            notional=wish.notional,
            quantity=wish.quantity,
            action=came.action,
            reason=came.why,
            order_id=came.order_id,
            detail=came.detail,
            at=now,
        )
        await self.changes.run(
            lambda work: self._store(work, decision), tenant_id=strategy.tenant_id
        )

    async def _sized(
        self, strategy: Strategy, signal: PublishedSignal
    ) -> tuple[float | None, Wish, str]:
        instrument = self.instruments.find(signal.symbol)
        if instrument is None:
            raise InvalidValue(field="symbols", problem=f"is no instrument here: {signal.symbol}")
        held = await self.holdings.of(
            tenant_id=strategy.tenant_id, account_id=strategy.account_id, symbol=signal.symbol
        )
        if isinstance(held, HoldingUnknown):
            return None, Wish(why=Why.NO_PRICE), held.problem
        quote = self.view.quote(signal.symbol)
        closes = [one.close for one in self.view.bars(signal.symbol, count=DAYS)]
        standing = Standing(
            equity=held.equity,
            power=held.power,
            held=held.held,
            price=quote.last if quote is not None else None,
            sigma=daily_sigma(closes),
        )
        wish = size(strategy, signal, standing=standing, instrument=instrument)
        return standing.sigma, wish, ""

    async def _order(self, strategy: Strategy, signal: PublishedSignal, wish: Wish) -> "_Came":
        side = Side.BUY if signal.side is SignalSide.BUY else Side.SELL
        terms = OrderTerms(
            symbol=signal.symbol, side=side, type=OrderType.MARKET, quantity=wish.quantity
        )
        name = _order_name(strategy, signal)
        command = SubmitOrder(
            asker=_asker(strategy),
            account_id=strategy.account_id,
            orders=(OrderRequest(terms=terms, client_order_id=name),),
            strategy_id=strategy.name,
        )
        match outcome := await self.orders.submit(command, idempotency=None):
            case Accepted():
                return _became(outcome.orders[0])
            case DeniedOrders():
                codes = {one.code for one in outcome.reasons}
                whys = [why for code, why in _REFUSED.items() if code in codes]
                told = "; ".join(one.message for one in outcome.reasons)[:DETAIL_MAX]
                denied = _became(outcome.orders[0])
                return replace(denied, why=whys[0] if whys else Why.DENIED, detail=told)
            case ClientIdTaken():
                # Another process asked for it at the same moment.
                order = await self.orders.get(
                    tenant_id=strategy.tenant_id, order_id=outcome.order_id
                )
                return _became(order)
            case Behind():
                return _Came(action=StrategyAction.NONE, why=Why.BEHIND, detail=outcome.detail)
            case _:
                raise AssertionError(f"no key was given, and {outcome} came of it")

    async def _sent_before(self, strategy: Strategy, signal: PublishedSignal) -> Order | None:
        """Return the order that a life which ended since asked for."""
        return await self.orders.archive.by_client_id(
            tenant_id=strategy.tenant_id,
            account_id=strategy.account_id,
            client_order_id=_order_name(strategy, signal),
        )

    async def _is_paused(self, strategy: Strategy) -> bool:
        """Tell whether the agent that the strategy is shall pause; the gate asks again."""
        async with self.changes.works.look(strategy.tenant_id) as look:
            agent = await agent_named(look, strategy.name)
        return agent is not None and agent.desired is DesiredState.PAUSED

    async def _acted_at(self, strategy: Strategy, symbol: str) -> datetime | None:
        acted = frozenset({StrategyAction.ORDER.value, StrategyAction.SHADOW.value})
        async with self.changes.works.look(strategy.tenant_id) as look:
            found = await look.records(DECISIONS).list(
                limit=1,
                where={"strategy_id": strategy.id, "symbol": symbol, "action": acted},
                newest_first=True,
            )
        return found[0].at if found else None

    async def _store(self, work: Work, decision: StrategyDecision) -> None:
        where = {"strategy_id": decision.strategy_id, "signal_id": decision.signal_id}
        if await work.records(DECISIONS).count(where=where):
            return
        await work.records(DECISIONS).add(decision)
        await self.changes.record(
            work,
            "strategy.decided",
            by=Asker(tenant_id=decision.tenant_id, actor="strategies"),
            subject=decision.id,
            before=None,
            after=describe_decision(decision),
            channel=CHANNEL,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    action: StrategyAction
    why: Why
    order_id: UUID | None = None
    detail: str = ""


def _became(order: Order) -> _Came:
    if order.state is OrderState.DENIED:
        return _Came(action=StrategyAction.NONE, why=Why.DENIED, order_id=order.id)
    return _Came(action=StrategyAction.ORDER, why=Why.ACTED, order_id=order.id)


def _order_name(strategy: Strategy, signal: PublishedSignal) -> str:
    return f"signal-{uuid5(strategy.id, str(signal.id))}"


def _asker(strategy: Strategy) -> Asker:
    return Asker(tenant_id=strategy.tenant_id, actor=f"strategy:{strategy.name}")
