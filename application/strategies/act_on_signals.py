"""Let strategies act on signals: at most one order for each strategy and signal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from application.shared.change import Changes
from application.strategies.gather_factors import GatherFactors
from application.strategies.keep_strategies import KeepStrategies
from application.strategies.read_batch import ReadBatch, SignalBatch
from application.strategies.send_order import DETAIL_MAX, IntentResult, SendOrder, asker_for, became
from application.strategies.store_decisions import store_decisions
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
)
from ports.holdings import Holding, Holdings, HoldingUnknown
from ports.market import Instruments, MarketView
from ports.signals import Delivery, SignalStream, SignalsUnavailable
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.time import Sleeper
from ports.transactions import Conflict

GROUP = "strategy_consumers"
BATCH = 10
BLOCK_S = 1.0
# What a member left open so long is another's: far longer than a decision takes.
STUCK_S = 60.0
AGAIN_S = 1.0
_AWAY = (SignalsUnavailable, StorageUnavailable, Conflict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnSignals:
    """Read the stream of signals as one member of the group, and decide for every strategy.

    A signal that comes again finds its decisions there; between an order and its decision the
    order is known by its client order id, which follows from strategy and signal. What is read
    together is decided on in turn, stored together and only then acknowledged.
    """

    stream: SignalStream
    member: str
    changes: Changes
    strategies: KeepStrategies
    holdings: Holdings
    send: SendOrder
    gather: GatherFactors
    batches: ReadBatch
    instruments: Instruments
    view: MarketView
    sleeper: Sleeper
    on_away: Callable[[str], None]
    beat: Callable[[], Awaitable[None]]
    # Makes strategies known that no agent stands for yet.
    introduce: Callable[[Sequence[Strategy]], Awaitable[None]]

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.drain(wait_s=BLOCK_S)
                await self.beat()
            # What was not acknowledged comes again.
            except (*_AWAY, StorageCorrupt) as problem:
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
        by_tenant: dict[UUID, list[Delivery]] = {}
        for one in came:
            by_tenant.setdefault(one.signal.tenant_id, []).append(one)
        problems: list[Exception] = []
        for tenant_id, of_tenant in by_tenant.items():
            problems += await self._take(tenant_id, of_tenant)
        if problems:
            raise problems[0]
        return len(came)

    async def _take(self, tenant_id: UUID, came: Sequence[Delivery]) -> Sequence[Exception]:
        """Decide on a tenant's signals, and return what left some open: it stops no other's."""
        try:
            await self._decide(tenant_id, [one.signal.id for one in came])
            await self.stream.ack(group=GROUP, places=[one.place for one in came])
        except _AWAY as problem:
            return [problem]
        except StorageCorrupt as problem:
            if len(came) == 1:
                return [problem]
            # One of them cannot be read: which is found by each alone.
            return [wrong for one in came for wrong in await self._take(tenant_id, [one])]
        return []

    async def _decide(self, tenant_id: UUID, signal_ids: Sequence[UUID]) -> None:
        batch = await self.batches(tenant_id, signal_ids)
        if batch.unheard:
            # The gate knows a strategy by its agent: the first order must not come before it.
            await self.introduce(batch.unheard)
        decisions: list[StrategyDecision] = []
        try:
            for signal in batch.signals:
                for strategy in batch.listeners(signal):
                    made = await self._guarded(strategy, signal, batch=batch)
                    if made is not None:
                        decisions.append(made)
        except _AWAY:
            # What was decided is kept, if it can be; else its orders are found again.
            await self._keep(decisions, batch=batch)
            raise
        await self._keep(decisions, batch=batch)

    async def _guarded(
        self, strategy: Strategy, signal: PublishedSignal, *, batch: SignalBatch
    ) -> StrategyDecision | None:
        try:
            return await self._act(strategy, signal, batch=batch)
        # What is away comes back, and the signal comes again.
        except _AWAY:
            raise
        # Whatever else goes wrong in one stops that one: it must not keep others from signals.
        except Exception as problem:  # noqa: BLE001
            await self._fail(strategy, signal.symbol, problem, batch=batch)
            return None

    async def _fail(
        self, strategy: Strategy, symbol: str, problem: Exception, *, batch: SignalBatch
    ) -> None:
        batch.strategies.pop(strategy.id, None)
        told = f"{symbol}: {str(problem) or type(problem).__name__}"
        await self.strategies.fail(strategy.id, by=asker_for(strategy), problem=told[:DETAIL_MAX])

    async def _act(
        self, strategy: Strategy, signal: PublishedSignal, *, batch: SignalBatch
    ) -> StrategyDecision | None:
        now = self.changes.clock.now()
        sent = batch.sent.get((strategy.id, signal.id))
        opinion = said_by_signal(signal.score)
        sigma, wish, detail = None, TradeIntent(why=ActionReason.ACTED), ""
        if sent is not None:
            wish = TradeIntent(why=ActionReason.ACTED, quantity=sent.terms.quantity)
        else:
            kept_from, opinion = await self._kept_from(strategy, signal, now=now, batch=batch)
            wish = TradeIntent(why=kept_from or ActionReason.ACTED)
            if kept_from is None:
                sigma, wish, detail = await self._sized(strategy, signal, opinion, batch=batch)
        came = IntentResult(action=StrategyAction.NONE, why=wish.why, detail=detail)
        if sent is not None:
            came = became(sent)
        elif wish.why is ActionReason.ACTED and strategy.mode is StrategyMode.LIVE:
            # Others were sent meanwhile, or factors asked for: an order goes by what was said of
            # its strategy until now.
            again = await self.batches.again(strategy, batch=batch)
            if again is None or not hears(again, signal):
                return None
            if again.version != strategy.version or again.id in batch.paused:
                return await self._act(again, signal, batch=batch)
            came = await self.send(strategy, signal, side=opinion.side, wish=wish)
        elif wish.why is ActionReason.ACTED:
            came = IntentResult(action=StrategyAction.SHADOW, why=ActionReason.ACTED)
        if came.action is not StrategyAction.NONE:
            batch.acted[strategy.id, signal.symbol] = now
        return StrategyDecision(
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

    async def _kept_from(
        self, strategy: Strategy, signal: PublishedSignal, *, now: datetime, batch: SignalBatch
    ) -> tuple[ActionReason | None, Opinion]:
        """Return what keeps a strategy from acting, if anything, and what it thinks."""
        opinion = said_by_signal(signal.score)
        if strategy.kind is not StrategyKind.FOLLOW:
            # Nobody is asked about what is too old anyway.
            if (why := untimely(strategy, signal, now=now)) is not None:
                return why, weigh(())
            opinion = await self.gather(strategy, symbol=signal.symbol, at=now)
        acted_at = batch.acted.get((strategy.id, signal.symbol))
        why = objection(strategy, signal, now=now, acted_at=acted_at, opinion=opinion)
        # The gate asks again.
        if why is None and strategy.id in batch.paused:
            why = ActionReason.PAUSED
        return why, opinion

    async def _sized(
        self, strategy: Strategy, signal: PublishedSignal, opinion: Opinion, *, batch: SignalBatch
    ) -> tuple[float | None, TradeIntent, str]:
        instrument = self.instruments.find(signal.symbol)
        if instrument is None:
            raise InvalidValue(field="symbols", problem=f"is no instrument here: {signal.symbol}")
        held = await self._held(strategy, signal.symbol, batch=batch)
        if isinstance(held, HoldingUnknown):
            return None, TradeIntent(why=ActionReason.NO_PRICE), held.problem
        quote = self.view.quote(signal.symbol)
        closes = [one.close for one in self.view.bars(signal.symbol, count=DAYS)]
        standing = SizingInputs(
            equity=held.equity,
            power=held.power,
            # What an order before this one still sells cannot be sold once more.
            held=held.held - held.selling,
            price=quote.last if quote is not None else None,
            sigma=daily_sigma(closes),
        )
        wish = size(strategy, opinion, standing=standing, instrument=instrument)
        return standing.sigma, wish, ""

    async def _held(
        self, strategy: Strategy, symbol: str, *, batch: SignalBatch
    ) -> Holding | HoldingUnknown:
        known = batch.held.get((strategy.account_id, symbol))
        # An order changes them; of what is not sent the figures are those of the batch.
        if known is not None and strategy.mode is not StrategyMode.LIVE:
            return known
        held = await self.holdings.of(
            tenant_id=strategy.tenant_id, account_id=strategy.account_id, symbol=symbol
        )
        if isinstance(held, Holding):
            batch.held[strategy.account_id, symbol] = held
        return held

    async def _keep(self, decisions: Sequence[StrategyDecision], *, batch: SignalBatch) -> None:
        """Store decisions of one tenant, all at once; one that cannot be stops its strategy."""
        if not decisions:
            return
        try:
            await self._stored(decisions)
        except _AWAY:
            raise
        except Exception:  # noqa: BLE001 - one of them: which is found by each alone
            for one in decisions:
                try:
                    await self._stored([one])
                except _AWAY:
                    raise
                except Exception as problem:  # noqa: BLE001 - as in _guarded
                    if (strategy := batch.strategies.get(one.strategy_id)) is not None:
                        await self._fail(strategy, one.symbol, problem, batch=batch)

    async def _stored(self, decisions: Sequence[StrategyDecision]) -> None:
        await self.changes.run(
            lambda work: store_decisions(work, decisions, changes=self.changes),
            tenant_id=decisions[0].tenant_id,
        )
