"""The whole application on memory adapters and a clock that stands still, behind HTTP."""

import functools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from adapters.http.settings import HttpSettings
from adapters.http.streams.hub import Hub
from adapters.memory.ids import SeededIds
from adapters.memory.market import (
    MemoryCalendars,
    MemoryInstruments,
    MemoryMarket,
    weekday_calendar,
)
from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import MemoryTokens, QuickHasher
from adapters.memory.stream_monitor import MemoryStreamMonitor
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.telemetry.health import HealthBoard
from application.accounts.open_account import OpenAccount
from application.audit.record import Recorder
from application.identity.found_tenant import Founded
from application.market.conditions import Conditions
from application.market.use_cases import MarketUseCases
from bootstrap.areas import agents, identity, secrets, stream_monitor, streams
from bootstrap.areas.market import Market
from bootstrap.brokers.paper import build_paper
from bootstrap.brokers.registry import Brokers
from bootstrap.container import compose
from bootstrap.gatekeeper import build_gatekeeper
from bootstrap.parts import Parts
from bootstrap.settings.brokers import PAPER, PaperSettings
from bootstrap.settings.risk import RiskSettings
from bootstrap.settings.secret_sections import SecretsSettings
from bootstrap.settings.sections import DispatchSettings, Settings
from bootstrap.storage import Storage, build_memory
from bootstrap.system import System
from domain.identity.access import Role
from domain.identity.tenant import Tenant, User
from domain.market.condition import WELL
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.notifications.message import Channel
from domain.risk.collar import NO_COLLARS
from domain.risk.commission import FREE
from ports.health import ComponentState
from ports.idempotency import IdempotencyKeys
from ports.market import ReplayControl
from tests.scripted_sender import ScriptedSender
from tests.tenants import add_tenant, add_user
from tests.unit.adapters.http.apps import Instead, Lent, lend
from tests.unit.adapters.http.facades import Facades, facades_of
from tests.unit.adapters.http.surroundings import NOW, RevocableTokens, history

BASE = "http://localhost"
EMAIL = "owner@example.com"
# Marks a test that uses the shared desk, in the loop that the desk lives in.
SHARED = pytest.mark.asyncio(loop_scope="session")

# What the paper venue knows, by what each may do.
TRADER = {"key": "PK-trader-0123456789", "secret": "trader's secret 0123456789"}
TAKER = {"key": "PK-taker-0123456789", "secret": "taker's secret 0123456789"}
READER = {"key": "PK-reader-0123456789", "secret": "reader's secret 0123456789"}
KEPT = Settings(
    risk=RiskSettings(strategies=("ema",)),
    secrets=SecretsSettings(source="environment", keys="1:" + "A" * 43 + "="),
    paper=PaperSettings(
        credentials=json.dumps(
            [
                {**TRADER, "permissions": ["read", "trade"]},
                {**TAKER, "permissions": ["read", "trade", "withdraw"]},
                {**READER, "permissions": ["read"]},
            ]
        )
    ),
)


# Without a repr: the event loop asks for that of a task's result, and this one is very long.
# Without slots: the application is kept once it is built.
@dataclass(frozen=True, kw_only=True, repr=False)
class Context:
    """What a test looks at behind the API."""

    settings: HttpSettings
    clock: ManualClock
    market: MemoryMarket
    storage: Storage
    parts: Parts
    facades: Facades
    hub: Hub
    streams: streams.StreamParts
    log: MemoryStreamMonitor
    stream_monitor: stream_monitor.MonitorParts
    agents: agents.AgentParts
    secrets: secrets.SecretsParts
    tokens: RevocableTokens
    health: HealthBoard
    founded: Founded
    token: str
    account_id: UUID
    lent: list[Lent] = field(default_factory=list)

    @functools.cached_property
    def app(self) -> Litestar:
        """The application, lent to who asks: the tests of Kafka's commands never do."""
        return self.app_over(self.parts, settings=self.settings)

    def client(self, token: str | None = "") -> httpx.AsyncClient:
        """Return a client; its token is the owner's unless another, or None, is given."""
        headers = {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token}"
        # Litestar and httpx type an ASGI application differently.
        app: Any = self.app
        # A raised exception would hide what a client sees of it.
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)

    def client_with(self, *, keys: IdempotencyKeys) -> httpx.AsyncClient:
        """Return the owner's client of the same desk, with another keeper of keys."""
        settings = HttpSettings(access_log=False)
        parts = Instead(self.parts, storage=replace(self.storage, keys=keys))
        app: Any = self.app_over(parts, settings=settings)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)

    def order(self, **changes: Any) -> dict[str, Any]:
        """Return the body of an order that passes every rule, with changes."""
        body: dict[str, Any] = {
            "account_id": str(self.account_id),
            "symbol": "AAPL",
            "side": "buy",
            "type": "limit",
            "quantity": "10",
            "limit_price": "99.5",
        }
        return {**body, **changes}

    async def relay(self) -> None:
        """Bring what was committed to those who listen."""
        await self.streams.relay.resume()
        await self.streams.relay.drain()

    async def close(self) -> None:
        """Let go of everyone who is connected."""
        while self.lent:
            await self.lent.pop().give_back()

    async def quote(self, symbol: str = "AAPL", *, last: str = "100") -> None:
        """Let the market quote a symbol."""
        price = Decimal(last)
        half = Decimal("0.01")
        await self.market.publish(
            Quote(symbol=symbol, bid=price - half, ask=price + half, last=price, at=NOW)
        )

    async def other_tenant(self) -> tuple[str, UUID]:
        """Return the token and the account of someone else."""
        tenant_id = SeededIds(clock=self.clock, seed="other").new()
        portfolio = await self.facades.accounts.add_portfolio(
            tenant_id=tenant_id, name="Theirs", actor="test"
        )
        account = await self.facades.accounts.open(
            OpenAccount(tenant_id=tenant_id, actor="x", portfolio_id=portfolio.id, name="Theirs")
        )
        await add_tenant(
            self.storage.members, Tenant(id=tenant_id, name="Theirs", created_at=self.clock.now())
        )
        user = User(
            id=tenant_id,
            tenant_id=tenant_id,
            email="theirs@example.com",
            password_hash="x",
            created_at=self.clock.now(),
        )
        await add_user(self.storage.members, user, role=Role.OWNER)
        token, _ = self.tokens.issue(user_id=user.id, tenant_id=tenant_id)
        return token, account.id

    def app_over(self, parts: Parts | Instead, *, settings: HttpSettings) -> Litestar:
        """Return an application over other parts or with other settings, until the close."""
        self.lent.append(lend(parts, settings=settings, hub=self.hub))
        return self.lent[-1].app


@asynccontextmanager
async def open_context(
    settings: HttpSettings | None = None,
    *,
    replay: ReplayControl | None = None,
    storage_of: Callable[[System], Storage] = build_memory,
) -> AsyncIterator[Context]:
    """Build the application with one funded account and three quoted instruments.

    storage keeps its data in memory unless another, started one is given.
    """
    clock = ManualClock(NOW)
    randomness = SeededRandomness(1)
    system = System(
        clock=clock,
        sleeper=ManualSleeper(clock),
        ids=SeededIds(clock=clock, seed=1),
        randomness=randomness,
    )
    market = history()
    instruments = MemoryInstruments(
        Instrument(symbol=symbol, name=symbol, sector="Technology")
        for symbol in ("AAPL", "IBM", "MSFT")
    )
    calendars = MemoryCalendars(
        [weekday_calendar("XNYS", first=date(2025, 12, 1), last=date(2026, 3, 1))]
    )
    parts = Market(
        instruments=instruments,
        calendars=calendars,
        view=market,
        clock=market,
        calendar=lambda: "XNYS",
    )
    context = await _wire(
        settings or HttpSettings(access_log=False),
        system=system,
        seen=parts,
        market=market,
        replay=replay,
        storage_of=storage_of,
    )
    for symbol in ("AAPL", "MSFT"):
        await context.quote(symbol)
    try:
        yield context
    finally:
        await context.close()
        await context.storage.server.stop()


async def _wire(
    settings: HttpSettings,
    *,
    system: System,
    seen: Market,
    market: MemoryMarket,
    replay: ReplayControl | None,
    storage_of: Callable[[System], Storage],
) -> Context:
    assert isinstance(system.clock, ManualClock)
    storage = storage_of(system)
    await storage.server.start()
    hasher = QuickHasher(randomness=system.randomness, sleeper=system.sleeper)
    tokens = RevocableTokens(
        MemoryTokens(randomness=system.randomness, clock=system.clock, ids=system.ids)
    )
    health = HealthBoard(clock=system.clock, version="0.1.0")
    for name in ("database", "market"):
        health.declare(name)
        health.set(name, ComponentState.UP)
    log = MemoryStreamMonitor(clock=system.clock)
    broker = build_paper(
        PAPER,
        settings=PaperSettings(),
        dispatch=DispatchSettings(),
        system=system,
        journal=None,
        instruments=seen.instruments,
    )
    parts = compose(
        KEPT,
        system=system,
        storage=storage,
        bare_storage=storage,
        health=health,
        market=seen,
        market_parts=_steered(seen, market=market, storage=storage, system=system, replay=replay),
        condition=lambda _: WELL,
        collars=NO_COLLARS,
        commissions={PAPER: FREE},
        brokers=Brokers(parts={PAPER: broker}),
        observed_brokers={PAPER: broker.broker},
        hasher=hasher,
        kill_hasher=hasher,
        tokens=tokens,
        stream_monitor=log,
        senders={one: ScriptedSender() for one in (Channel.EMAIL, Channel.PUSH)},
    )
    market.subscribe(parts.of(build_gatekeeper).view.on_market)
    await parts.of(secrets.build).vault.refresh()
    founded = await parts.of(identity.build).found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    async with storage.identity.begin() as scope:
        # As one that its owner chose.
        await scope.users.update(replace(founded.owner, password_until=None))
    hub = Hub()
    live = parts.of(streams.build)
    live.stream.subscribe(name="http", subscriber=hub.on_notice)
    market.subscribe(hub.on_market)
    token, _ = tokens.issue(user_id=founded.owner.id, tenant_id=founded.tenant.id)
    return Context(
        settings=settings,
        clock=system.clock,
        market=market,
        storage=storage,
        parts=parts,
        facades=facades_of(parts),
        hub=hub,
        streams=live,
        log=log,
        stream_monitor=parts.of(stream_monitor.build),
        agents=parts.of(agents.build),
        secrets=parts.of(secrets.build),
        tokens=tokens,
        health=health,
        founded=founded,
        token=token,
        account_id=founded.account.id,
    )


def _steered(
    seen: Market,
    *,
    market: MemoryMarket,
    storage: Storage,
    system: System,
    replay: ReplayControl | None,
) -> Any:
    """Return what stands for the replay of prices: what can be asked of a market, no feed."""
    facade = MarketUseCases(
        instruments=seen.instruments,
        view=market,
        clock=market,
        calendars=seen.calendars,
        conditions=Conditions(feed=str, has_ended=lambda: False, brokers={}),
        replay=replay,
        record=Recorder(trail=storage.trail, clock=system.clock, ids=system.ids),
        laps=storage.replay_laps,
        brokers=(PAPER,),
    )
    return SimpleNamespace(facade=facade, market=seen)


def later(seconds: float) -> datetime:
    """Return a time after NOW."""
    return NOW + timedelta(seconds=seconds)
