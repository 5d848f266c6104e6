"""Read what is known of a tenant's strategies before they decide on some signals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.agents.list_agents import agent_named
from application.strategies.keep_strategies import DECISIONS, STRATEGIES, STRATEGIES_MAX
from application.strategies.send_order import SendOrder
from domain.agents.agent import DesiredState
from domain.orders.order import Order
from domain.signals.signal import PublishedSignal
from domain.strategies.follow import hears
from domain.strategies.strategy import Strategy, StrategyAction, StrategyDecision
from ports.holdings import Holding
from ports.signals import SIGNALS
from ports.work import Look, Records, Works

_ACTED = frozenset({StrategyAction.ORDER.value, StrategyAction.SHADOW.value})


@dataclass(slots=True, kw_only=True)
class SignalBatch:
    """Some signals in the order in which they came, and what is known of who may act on them.

    decided and sent are by strategy and signal, acted (when one last acted) by strategy and
    symbol. paused are the strategies that shall pause, unheard those that act and were never
    heard of as agents.
    """

    signals: Sequence[PublishedSignal]
    strategies: dict[UUID, Strategy]
    decided: Collection[tuple[UUID, UUID]]
    paused: set[UUID] = field(default_factory=set)
    unheard: list[Strategy] = field(default_factory=list)
    acted: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    sent: dict[tuple[UUID, UUID], Order] = field(default_factory=dict)
    # Of an account and a symbol, as they were last asked for.
    held: dict[tuple[UUID, str], Holding] = field(default_factory=dict)

    def listeners(self, signal: PublishedSignal) -> list[Strategy]:
        """Return who is to decide on a signal."""
        return [
            one
            for one in self.strategies.values()
            if (one.id, signal.id) not in self.decided and hears(one, signal)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBatch:
    """Read it for all signals at once, and again for one strategy."""

    works: Works
    send: SendOrder

    async def __call__(self, tenant_id: UUID, signal_ids: Sequence[UUID]) -> SignalBatch:
        """Return what is known now; a signal that is kept no more is left out."""
        ids = frozenset(signal_ids)
        async with self.works.look(tenant_id) as look:
            found = await look.records(SIGNALS).list(limit=len(ids), where={"id": ids})
            strategies = await look.records(STRATEGIES).list(limit=STRATEGIES_MAX)
            by_id = {one.id: one for one in found}
            batch = SignalBatch(
                # Told twice, it is decided on once.
                signals=[by_id[one] for one in dict.fromkeys(signal_ids) if one in by_id],
                strategies={one.id: one for one in strategies},
                decided=await decided(look.records(DECISIONS), ids),
            )
            heard = _heard(batch)
            for strategy, signals in heard:
                agent = await agent_named(look, strategy.name)
                if agent is None:
                    batch.unheard.append(strategy)
                elif agent.desired is DesiredState.PAUSED:
                    batch.paused.add(strategy.id)
                if strategy.cooldown_s:
                    for symbol in {one.symbol for one in signals}:
                        if (at := await _acted_at(look, strategy, symbol)) is not None:
                            batch.acted[strategy.id, symbol] = at
        for strategy, signals in heard:
            before = await self.send.before(strategy, signals)
            batch.sent |= {(strategy.id, one): order for one, order in before.items()}
        return batch

    async def again(self, strategy: Strategy, *, batch: SignalBatch) -> Strategy | None:
        """Return a strategy as it is now, and put down whether it shall pause; None once gone."""
        async with self.works.look(strategy.tenant_id) as look:
            now = await look.records(STRATEGIES).get(strategy.id)
            if now is None:
                return None
            batch.paused.discard(now.id)
            if await _is_paused(look, now):
                batch.paused.add(now.id)
        return now


async def decided(
    records: Records[StrategyDecision], signal_ids: Collection[UUID]
) -> set[tuple[UUID, UUID]]:
    """Return who decided on which of these signals: strategy and signal."""
    found = await records.list(
        limit=STRATEGIES_MAX * len(signal_ids), where={"signal_id": frozenset(signal_ids)}
    )
    return {(one.strategy_id, one.signal_id) for one in found}


def _heard(batch: SignalBatch) -> list[tuple[Strategy, list[PublishedSignal]]]:
    heard: dict[UUID, list[PublishedSignal]] = {}
    for signal in batch.signals:
        for one in batch.listeners(signal):
            heard.setdefault(one.id, []).append(signal)
    return [(batch.strategies[id_], signals) for id_, signals in heard.items()]


async def _is_paused(look: Look, strategy: Strategy) -> bool:
    """Tell whether the agent that the strategy is shall pause."""
    agent = await agent_named(look, strategy.name)
    return agent is not None and agent.desired is DesiredState.PAUSED


async def _acted_at(look: Look, strategy: Strategy, symbol: str) -> datetime | None:
    found = await look.records(DECISIONS).list(
        limit=1,
        where={"strategy_id": strategy.id, "symbol": symbol, "action": _ACTED},
        newest_first=True,
    )
    return found[0].at if found else None
