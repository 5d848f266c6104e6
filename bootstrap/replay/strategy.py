"""Build the trader of a replay out of the parts that act on signals in a server."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from application.backtest.strategy_trading import HeldSignals, StrategyTrader
from application.orders.commands import DeniedOrders
from application.patterns.follow_market import FollowMarket
from application.shared.asker import Asker
from application.signals.forward import ForwardSignals
from application.streams.relay import Relay
from bootstrap.areas import market as market_area
from bootstrap.areas import signals, strategies
from bootstrap.container import build_wakeups
from bootstrap.parts import Parts
from bootstrap.streams.sharing import build_sharing
from domain.accounts.account import Account
from domain.shared.values import InvalidValue
from domain.signals.signal import PATTERNS
from domain.strategies.strategy import SYMBOLS_MAX, Strategy, StrategyKind, StrategyMode

ACTOR = "replay"
KINDS = tuple(one.value for one in StrategyKind if one is not StrategyKind.OWN)


def strategy_named(
    name: str, *, id: UUID, account: Account, symbols: Sequence[str], own: Sequence[str]
) -> Strategy:
    """Return the strategy of that name, live, with usual limits; raises InvalidValue.

    name is a kind, or one of the own classes that are installed here.
    """
    if name not in KINDS and name not in own:
        known = ", ".join((*KINDS, *own))
        raise InvalidValue(field="strategy", problem=f"must be one of {known}, not {name}")
    if len(symbols) > SYMBOLS_MAX:
        problem = f"must be at most {SYMBOLS_MAX}, not {len(symbols)}: name some by --symbols"
        raise InvalidValue(field="symbols", problem=problem)
    return Strategy(
        id=id,
        tenant_id=account.tenant_id,
        name=name,
        kind=StrategyKind(name) if name in KINDS else StrategyKind.OWN,
        model="" if name in KINDS else name,
        account_id=account.id,
        symbols=tuple(sorted(symbols)),
        mode=StrategyMode.LIVE,
        is_running=True,
    )


def as_stored(stored: Strategy, *, id: UUID, account: Account, symbols: Sequence[str]) -> Strategy:
    """Return a copy of a stored strategy that trades these of its symbols live, for the account.

    Raises InvalidValue for one that hears nothing of what a replay tells.
    """
    if stored.sources and PATTERNS not in stored.sources:
        told = f"hears only {', '.join(stored.sources)}: a replay has signals of {PATTERNS} alone"
        raise InvalidValue(field="strategy", problem=f"{stored.name} {told}")
    return replace(
        stored,
        id=id,
        tenant_id=account.tenant_id,
        account_id=account.id,
        symbols=tuple(one for one in stored.symbols if one in symbols),
        mode=StrategyMode.LIVE,
        is_running=True,
        problem="",
        version=1,
    )


async def _known_by_setting(_: Sequence[Strategy]) -> None:
    """Leave them be: the gate of a replay knows the one that is played by the settings."""


async def build_trader(
    parts: Parts, *, name: str, stored: Strategy | None, account: Account
) -> StrategyTrader:
    """Build it, its strategy stored and its stream at the beginning; raises InvalidValue."""
    market = parts.of(market_area.market_of)
    played = [one.symbol for one in market.instruments.all()]
    id_ = parts.system.ids.new()
    if stored is not None:
        strategy = as_stored(stored, id=id_, account=account, symbols=played)
    else:
        own = parts.of(strategies.build_own).names()
        strategy = strategy_named(name, id=id_, account=account, symbols=played, own=own)
    acting, publishing = parts.of(strategies.build), parts.of(signals.build)
    by = Asker(tenant_id=account.tenant_id, actor=ACTOR)
    await acting.keep.add(strategy, by=by)
    held = HeldSignals(forward=ForwardSignals(stream=parts.of(build_sharing).signals))
    relay = Relay(
        journal=parts.storage.journal,
        stream=held,
        wakeup=parts.of(build_wakeups).signals,
        sleeper=parts.system.sleeper,
        reader=None,
    )
    await relay.resume()

    async def tenants() -> Sequence[UUID]:
        return [account.tenant_id]

    def unfit(_: str, problem: InvalidValue) -> None:
        raise problem

    trader: StrategyTrader

    def wake() -> None:
        trader.published = True

    def denied(outcome: DeniedOrders) -> None:
        trader.denied(outcome)

    trader = StrategyTrader(
        tenant_id=account.tenant_id,
        strategy_id=strategy.id,
        patterns=FollowMarket(
            states=parts.storage.patterns,
            lap=market.lap,
            clock=parts.system.clock,
            reads_ticks=False,
            publish=replace(publishing.publish, wake=wake),
            tenants=tenants,
            on_unfit=unfit,
        ),
        collect=relay.drain,
        held=held,
        act_on=replace(
            acting.act,
            send=replace(acting.act.send, on_denied=denied),
            introduce=_known_by_setting,
        ),
        archive=parts.storage.signals,
    )
    return trader
