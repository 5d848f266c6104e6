"""Let strategies act on signals: at most one order for each strategy and signal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from application.agents.list_agents import agent_named
from application.shared.asker import Asker
from application.shared.change import Changes
from application.strategies.gather_factors import GatherFactors
from application.strategies.keep_strategies import (
    CHANNEL,
    DECISIONS,
    STRATEGIES,
    STRATEGIES_MAX,
    KeepStrategies,
)
from application.strategies.send_order import DETAIL_MAX, IntentResult, SendOrder, asker_for, became
from domain.agents.agent import DesiredState
from domain.shared.values import InvalidValue
from domain.signals.signal import PublishedSignal, SignalSide
from domain.strategies.factors import Opinion, said_by_signal, weigh
from domain.strategies.follow import (
    DAYS,
    SizingInputs,
    TradeIntent,
    daily_sigma,
    hears,
    objection,
    size,
    untimely,
)
from domain.strategies.strategy import (
    ActionReason,
    Strategy,
    StrategyAction,
    StrategyDecision,
    StrategyKind,
    StrategyMode,
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
    send: SendOrder
    gather: GatherFactors
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
                    strategy.id, by=asker_for(strategy), problem=told[:DETAIL_MAX]
                )

    async def _act(self, strategy: Strategy, signal: PublishedSignal) -> None:
        now = self.changes.clock.now()
        sent = await self.send.before(strategy, signal)
        opinion = said_by_signal(signal.score)
        sigma, wish, detail = None, TradeIntent(why=ActionReason.ACTED), ""
        if sent is not None:
            wish = TradeIntent(why=ActionReason.ACTED, quantity=sent.terms.quantity)
        else:
            kept_from, opinion = await self._kept_from(strategy, signal, now=now)
            wish = TradeIntent(why=kept_from or ActionReason.ACTED)
            if kept_from is None:
                sigma, wish, detail = await self._sized(strategy, signal, opinion)
        came = IntentResult(action=StrategyAction.NONE, why=wish.why, detail=detail)
        if sent is not None:
            came = became(sent)
        elif wish.why is ActionReason.ACTED and strategy.mode is StrategyMode.LIVE:
            came = await self.send(strategy, signal, side=opinion.side, wish=wish)
        elif wish.why is ActionReason.ACTED:
            came = IntentResult(action=StrategyAction.SHADOW, why=ActionReason.ACTED)
        decision = StrategyDecision(
            id=self.changes.ids.new(),
            tenant_id=strategy.tenant_id,
            strategy_id=strategy.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            side=opinion.side if sent is None else SignalSide(sent.terms.side.value),
            score=opinion.score,
            coverage=opinion.coverage,
            factors=opinion.factors,
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

    async def _kept_from(
        self, strategy: Strategy, signal: PublishedSignal, *, now: datetime
    ) -> tuple[ActionReason | None, Opinion]:
        """Return what keeps a strategy from acting, if anything, and what it thinks."""
        opinion = said_by_signal(signal.score)
        if strategy.kind is not StrategyKind.FOLLOW:
            # Nobody is asked about what is too old anyway.
            if (why := untimely(strategy, signal, now=now)) is not None:
                return why, weigh(())
            opinion = await self.gather(strategy, symbol=signal.symbol, at=now)
        acted_at = await self._acted_at(strategy, signal.symbol)
        why = objection(strategy, signal, now=now, acted_at=acted_at, opinion=opinion)
        if why is None and await self._is_paused(strategy):
            why = ActionReason.PAUSED
        return why, opinion

    async def _sized(
        self, strategy: Strategy, signal: PublishedSignal, opinion: Opinion
    ) -> tuple[float | None, TradeIntent, str]:
        instrument = self.instruments.find(signal.symbol)
        if instrument is None:
            raise InvalidValue(field="symbols", problem=f"is no instrument here: {signal.symbol}")
        held = await self.holdings.of(
            tenant_id=strategy.tenant_id, account_id=strategy.account_id, symbol=signal.symbol
        )
        if isinstance(held, HoldingUnknown):
            return None, TradeIntent(why=ActionReason.NO_PRICE), held.problem
        quote = self.view.quote(signal.symbol)
        closes = [one.close for one in self.view.bars(signal.symbol, count=DAYS)]
        standing = SizingInputs(
            equity=held.equity,
            power=held.power,
            held=held.held,
            price=quote.last if quote is not None else None,
            sigma=daily_sigma(closes),
        )
        wish = size(strategy, opinion, standing=standing, instrument=instrument)
        return standing.sigma, wish, ""

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
