"""Be the clients: submit, replace, cancel, kill and release, and try again when unheard."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.kill_switch.commands import ActivateKill, ReleaseKill
from application.orders.commands import (
    Asker,
    GroupKind,
    OrderRequest,
    ReplaceOrder,
    SubmitOrder,
)
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import Level
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from tests.simulation.api import Answer, Call, CancelEvery, CancelOne, Command
from tests.simulation.application import STRATEGIES
from tests.simulation.market import SYMBOLS
from tests.simulation.virtual_time.network import NoReply, Unreachable, Wire

_TIMEOUT_S = 2.0
# Who replaces an order soon after it is taken meets it while it is being sent: at once where
# one process does all, at the next look of the dispatcher where it is another's.
_SECOND_THOUGHTS = 0.4
_SECOND_THOUGHT_S = (0.0, 0.1, 1.0)
# Nothing is sent while a kill lasts: who killed sees to it that trading goes on.
_SEES_TO_IT = 0.5
_TRIES = 6
_CENT = Decimal("0.01")
_CREATED = 201
# Released, or another was quicker.
_NOT_KILLED = (200, 404)

OnAnswer = Callable[[Answer], None]
PriceOf = Callable[[str], Decimal]


@dataclass(slots=True, kw_only=True)
class Client:
    """One client of one account; it knows only what it was answered."""

    name: str
    tenant_id: UUID
    accounts: tuple[UUID, ...]
    wires: tuple[Wire[Call, Answer], ...]
    source: random.Random
    price_of: PriceOf
    on_answer: OnAnswer
    # The share of all it does that is a kill.
    kills: float
    own: list[UUID] = field(default_factory=list)
    killed: list[dict[str, Any]] = field(default_factory=list)
    _calls: int = 0

    async def run(self, operations: int) -> None:
        """Do so many things, one after the other."""
        for _ in range(operations):
            await asyncio.sleep(self.source.uniform(0.0, 1.2))
            await self._operate()
        if self.killed and self.source.random() < 0.5:
            await self._release()

    async def drill(self, times: int) -> None:
        """Kill and release so many times."""
        for _ in range(times):
            await asyncio.sleep(self.source.uniform(0.3, 1.5))
            await self._kill()
            await asyncio.sleep(self.source.uniform(0.0, 1.0))
            while self.killed and self.source.random() < 0.95:
                await self._release()
                await asyncio.sleep(0.3)
            self.killed.clear()

    async def call(self, command: Command, *, key: str | None = None) -> Answer | None:
        """Ask until somebody answers; None when nobody did."""
        call = Call(command=command, key=key)
        for attempt in range(_TRIES):
            wire = self.wires[int(self.source.random() * len(self.wires))]
            try:
                answer = await wire.request(call, timeout_s=_TIMEOUT_S)
            except (NoReply, Unreachable):
                answer = None
            if answer is not None and answer.status < 500:
                self.on_answer(answer)
                return answer
            if key is None and isinstance(command, SubmitOrder):
                # Without a key another try could be another order.
                return None
            await asyncio.sleep(0.2 * (attempt + 1) * self.source.random())
        return None

    @property
    def asker(self) -> Asker:
        """Who asks."""
        return Asker(tenant_id=self.tenant_id, actor=self.name)

    async def _operate(self) -> None:
        if self.killed and self.source.random() < _SEES_TO_IT:
            await self._release()
        if self.source.random() < self.kills and not self.killed:
            await self._regret()
            return
        draw = self.source.random()
        if draw < 0.58 or not self.own:
            await self._submit()
        elif draw < 0.74:
            # The latest is the likeliest to be on its way just now.
            await self._replace(self.source.choice((self.own[-1], self.source.choice(self.own))))
        elif draw < 0.86:
            await self.call(
                CancelOne(asker=self.asker, order_id=self.source.choice(self.own)), key=None
            )
        elif draw < 0.89:
            await self.call(
                CancelEvery(asker=self.asker, account_id=self.source.choice(self.accounts))
            )
        elif self.killed:
            await self._release()
        else:
            await self._submit()

    async def _regret(self) -> None:
        """Kill, often just behind an order: what is on its way is what a kill must catch."""
        if self.source.random() < 0.5:
            await self._submit()
        await self._kill()

    async def _submit(self) -> None:
        self._calls += 1
        group, requests = self._requests()
        command = SubmitOrder(
            asker=self.asker,
            account_id=self.source.choice(self.accounts),
            orders=requests,
            group=group,
            strategy_id=self.source.choice((None, *STRATEGIES)),
        )
        key = f"{self.name}-{self._calls}" if self.source.random() < 0.9 else None
        answer = await self.call(command, key=key)
        if answer is not None and answer.status == _CREATED:
            self.own += answer.order_ids
            if self.source.random() < _SECOND_THOUGHTS:
                after_s = self.source.choice(_SECOND_THOUGHT_S)
                await asyncio.sleep(after_s * self.source.random())
                await self._replace(self.own[-1])

    async def _replace(self, order_id: UUID) -> None:
        factor = Decimal(self.source.choice((5, 8, 12, 20))) / 10
        await self.call(
            ReplaceOrder(
                asker=self.asker,
                order_id=order_id,
                quantity=max((10 * factor).to_integral_value(), Decimal(1)),
            )
        )

    async def _kill(self) -> None:
        scope = self._scope()
        self.killed.append(scope)
        await self.call(
            ActivateKill(
                **scope,
                actor=self.name,
                reason="drill",
                level=self.source.choice((Level.HALTED, Level.HALTED, Level.REDUCING)),
                flatten=self.source.random() < 0.5,
            )
        )

    def _scope(self) -> dict[str, Any]:
        """Return what is to be stopped: mostly the tenant or an account, now and then another."""
        own = {"tenant_id": self.tenant_id}
        several = (
            own,
            {**own, "account_id": self.accounts[0]},
            {**own, "strategy_id": self.source.choice(STRATEGIES)},
            {**own, "symbol": self.source.choice(SYMBOLS)},
            {**own, "broker": "paper"},
            {"tenant_id": NOBODY},
        )
        (scope,) = self.source.choices(several, weights=(3, 3, 1, 1, 1, 1))
        return scope

    async def _release(self) -> None:
        answer = await self.call(ReleaseKill(**self.killed[0], actor=self.name, reason="over"))
        if answer is not None and answer.status in _NOT_KILLED:
            self.killed.pop(0)

    def _requests(self) -> tuple[GroupKind | None, tuple[OrderRequest, ...]]:
        draw = self.source.random()
        symbol = self.source.choice(SYMBOLS)
        if draw < 0.8:
            return None, (self._request(self._terms(symbol)),)
        side = self.source.choice((Side.BUY, Side.SELL))
        quantity = Decimal(self.source.randint(2, 25))
        price = self.price_of(symbol)
        if draw < 0.88:
            pair = (
                _limit(symbol, side, quantity, price * Decimal("0.99")),
                _limit(symbol, side, quantity, price * Decimal("1.01")),
            )
            return GroupKind.OCO, tuple(self._request(terms) for terms in pair)
        exit_side = Side.SELL if side is Side.BUY else Side.BUY
        entry = _limit(symbol, side, quantity, price)
        if draw < 0.93:
            child = self._terms(symbol)
            return GroupKind.OTO, (self._request(entry), self._request(child))
        up, down = price * Decimal("1.02"), price * Decimal("0.98")
        target, stop = (up, down) if side is Side.BUY else (down, up)
        legs = (
            entry,
            _limit(symbol, exit_side, quantity, target),
            OrderTerms(
                symbol=symbol,
                side=exit_side,
                type=OrderType.STOP,
                quantity=quantity,
                stop_price=stop.quantize(_CENT),
                time_in_force=TimeInForce.GTC,
            ),
        )
        return GroupKind.BRACKET, tuple(self._request(terms) for terms in legs)

    def _request(self, terms: OrderTerms) -> OrderRequest:
        own = None
        if self.source.random() < 0.2:
            own = f"{self.name}-{self._calls}-{self.source.randint(0, 9_999)}"
        return OrderRequest(terms=terms, client_order_id=own)

    def _terms(self, symbol: str) -> OrderTerms:
        source = self.source
        side = source.choice((Side.BUY, Side.BUY, Side.SELL))
        quantity = Decimal(source.randint(1, 45))
        price = self.price_of(symbol)
        draw = source.random()
        lasting = source.choice((TimeInForce.DAY, TimeInForce.DAY, TimeInForce.GTC))
        if draw < 0.35:
            quick = source.choice((TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK))
            return OrderTerms(
                symbol=symbol,
                side=side,
                type=OrderType.MARKET,
                quantity=quantity,
                time_in_force=quick,
            )
        near = price * Decimal(source.randint(970, 1030)) / 1000
        if draw < 0.8:
            limit = _limit(symbol, side, quantity, near)
            return limit if source.random() < 0.5 else _lasting(limit, lasting)
        if draw < 0.92:
            return OrderTerms(
                symbol=symbol,
                side=side,
                type=OrderType.STOP,
                quantity=quantity,
                stop_price=near.quantize(_CENT),
                time_in_force=lasting,
            )
        return OrderTerms(
            symbol=symbol,
            side=side,
            type=OrderType.TRAILING_STOP,
            quantity=quantity,
            trail=Decimal(source.randint(1, 3)),
            trail_kind=TrailKind.PERCENT,
            time_in_force=lasting,
        )


def _limit(symbol: str, side: Side, quantity: Decimal, price: Decimal) -> OrderTerms:
    return OrderTerms(
        symbol=symbol,
        side=side,
        type=OrderType.LIMIT,
        quantity=quantity,
        limit_price=price.quantize(_CENT),
        time_in_force=TimeInForce.GTC,
    )


def _lasting(terms: OrderTerms, lasting: TimeInForce) -> OrderTerms:
    return OrderTerms(
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        quantity=terms.quantity,
        limit_price=terms.limit_price,
        time_in_force=lasting,
    )
