"""What every adapter of KillBarrier promises: no send on its way when a kill is told."""

import asyncio
import itertools
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import UUID

import pytest

from domain.kill_switch.latch import Latch, Level, Scope, firm_scope
from ports.kill_switch import KillBarrier
from tests import builders
from tests.contracts.storage import Storage, StorageContract

SENDERS = 8
ACTIVATIONS = 12
# Long enough that a close that would return does return.
MOMENT_S = 0.05


async def _engage(
    storage: Storage, scope: Scope, *, flatten: bool = False, level: Level = Level.HALTED
) -> Latch:
    latch = builders.latch(scope=scope, flatten=flatten, level=level)
    await storage.latches.engage(
        latch=latch,
        audit=builders.audit(tenant_id=scope.tenant_id),
        notice=builders.notice(tenant_id=scope.tenant_id, sequence=0),
    )
    return latch


async def _release(storage: Storage, latch: Latch) -> None:
    tenant_id = latch.scope.tenant_id
    told = builders.notice(tenant_id=tenant_id, sequence=0)
    released = replace(latch, released_at=builders.AT)
    await storage.latches.update(latch=released, audit=None, notice=told)


class _Wire:
    """Counts sends on their way, and those that happened while a kill was acknowledged."""

    def __init__(self) -> None:
        self.stopped: set[UUID] = set()
        self.sent = 0
        self.leaked = 0

    def send(self, account_id: UUID) -> None:
        self.sent += 1
        self.leaked += account_id in self.stopped


class KillBarrierContract(StorageContract):
    """The promises of KillBarrier, over the barriers of every process there can be."""

    async def test_sending_is_allowed_until_a_latch_covers_the_account(
        self, storage: Storage
    ) -> None:
        account = (await storage.opened()).account
        covering = (
            Scope(tenant_id=account.tenant_id),
            Scope(tenant_id=account.tenant_id, account_id=account.id),
        )
        beside = (
            Scope(tenant_id=builders.new_id()),
            Scope(tenant_id=account.tenant_id, account_id=builders.new_id()),
        )
        for scope in beside:
            await _engage(storage, scope)
        for barrier in storage.barriers:
            asked = builders.target(tenant_id=account.tenant_id, account_id=account.id)
            async with barrier.sending(asked) as passage:
                assert passage.allowed
            for scope in covering:
                latch = await _engage(storage, scope)
                async with barrier.sending(asked) as passage:
                    assert not passage.allowed
                    assert not passage.flattening
                await _release(storage, latch)
            latch = await _engage(storage, covering[0], flatten=True)
            async with barrier.sending(asked) as passage:
                assert (passage.allowed, passage.flattening) == (False, True)
            await _release(storage, latch)
            async with barrier.sending(asked) as passage:
                assert passage.allowed

    async def test_a_scope_stops_what_it_names_and_nothing_else(self, storage: Storage) -> None:
        account = (await storage.opened(broker="paper")).account
        tenant_id = account.tenant_id
        ours = builders.target(
            tenant_id=tenant_id, account_id=account.id, symbol="AAPL", strategy_id="ema"
        )
        stranger = builders.target(tenant_id=builders.new_id(), account_id=builders.new_id())
        beside = {
            Scope(tenant_id=tenant_id, symbol="AAPL"): replace(ours, symbol="MSFT"),
            Scope(tenant_id=tenant_id, strategy_id=" EMA"): replace(ours, strategy_id=None),
            Scope(tenant_id=tenant_id, broker="paper"): replace(ours, broker="other"),
            Scope(tenant_id=tenant_id): stranger,
            firm_scope(): None,
        }
        for barrier in storage.barriers:
            for (scope, other), level in itertools.product(beside.items(), Level):
                latch = await _engage(storage, scope, level=level)
                async with barrier.sending(ours) as passage:
                    assert passage.level is level
                if other is not None:
                    async with barrier.sending(other) as passage:
                        assert passage.level is None
                await _release(storage, latch)
            async with barrier.sending(ours) as passage:
                assert passage.allowed

    async def test_of_two_latches_the_stronger_holds(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        asked = builders.target(tenant_id=account.tenant_id, account_id=account.id)
        scope = Scope(tenant_id=account.tenant_id)
        await _engage(storage, scope, level=Level.REDUCING)
        halted = await _engage(storage, scope)
        for barrier in storage.barriers:
            async with barrier.sending(asked) as passage:
                assert passage.level is Level.HALTED
        await _release(storage, halted)
        for barrier in storage.barriers:
            async with barrier.sending(asked) as passage:
                assert passage.level is Level.REDUCING

    async def test_the_firms_close_waits_for_the_sends_of_every_tenant(
        self, storage: Storage
    ) -> None:
        one, two = (await storage.opened()).account, (await storage.opened()).account
        for barrier in storage.barriers:
            async with AsyncExitStack() as inside:
                leaving = []
                for account in (one, two):
                    stack = await inside.enter_async_context(AsyncExitStack())
                    target = builders.target(tenant_id=account.tenant_id, account_id=account.id)
                    await stack.enter_async_context(storage.barriers[-1].sending(target))
                    leaving.append(stack)
                closing = asyncio.create_task(barrier.close(firm_scope()))
                for stack in leaving:
                    done, _ = await asyncio.wait({closing}, timeout=MOMENT_S)
                    assert not done
                    await stack.aclose()
                async with asyncio.timeout(5):
                    await closing

    async def test_close_returns_at_once_when_nobody_is_inside(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        for barrier in storage.barriers:
            async with asyncio.timeout(5):
                await barrier.close(Scope(tenant_id=account.tenant_id))

    @pytest.mark.parametrize("whole_tenant", [True, False])
    async def test_close_waits_for_everyone_inside(
        self, storage: Storage, whole_tenant: bool
    ) -> None:
        account = (await storage.opened()).account
        scope = Scope(tenant_id=account.tenant_id, account_id=None if whole_tenant else account.id)
        asked = builders.target(tenant_id=account.tenant_id, account_id=account.id)
        for barrier in storage.barriers:
            async with AsyncExitStack() as inside:
                leaving = []
                for sender in storage.barriers:
                    stack = await inside.enter_async_context(AsyncExitStack())
                    passage = await stack.enter_async_context(sender.sending(asked))
                    assert passage.allowed
                    leaving.append(stack)
                closing = asyncio.create_task(barrier.close(scope))
                for stack in leaving:
                    done, _ = await asyncio.wait({closing}, timeout=MOMENT_S)
                    assert not done
                    await stack.aclose()
                async with asyncio.timeout(5):
                    await closing

    async def test_a_send_that_fails_or_is_cancelled_leaves_too(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        barrier = storage.barriers[0]
        asked = builders.target(tenant_id=account.tenant_id, account_id=account.id)

        async def linger() -> None:
            async with barrier.sending(asked):
                await asyncio.sleep(60)

        lingering = asyncio.create_task(linger())
        await asyncio.sleep(MOMENT_S)
        closing = asyncio.create_task(barrier.close(Scope(tenant_id=account.tenant_id)))
        await asyncio.sleep(MOMENT_S)
        assert not closing.done()
        lingering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lingering
        async with asyncio.timeout(5):
            await closing
        with pytest.raises(ZeroDivisionError):
            async with barrier.sending(asked):
                raise ZeroDivisionError
        async with asyncio.timeout(5):
            await barrier.close(Scope(tenant_id=account.tenant_id))

    async def test_another_tenants_send_holds_nobody_up(self, storage: Storage) -> None:
        ours, theirs = (await storage.opened()).account, (await storage.opened()).account
        barrier = storage.barriers[0]
        async with barrier.sending(
            builders.target(tenant_id=theirs.tenant_id, account_id=theirs.id)
        ):
            async with asyncio.timeout(5):
                await barrier.close(Scope(tenant_id=ours.tenant_id))

    @pytest.mark.parametrize("seed", [1, 2, 3])
    async def test_nothing_is_sent_after_an_activation_is_acknowledged(
        self, storage: Storage, seed: int
    ) -> None:
        chance = random.Random(seed)
        home = await storage.home()
        accounts = [(await storage.opened(within=home)).account for _ in range(3)]
        wire = _Wire()
        over = asyncio.Event()

        async def pauses(most: int) -> None:
            for _ in range(chance.randrange(most)):
                await asyncio.sleep(0)

        async def sender(barrier: KillBarrier) -> None:
            while not over.is_set():
                account = chance.choice(accounts)
                await pauses(4)
                async with barrier.sending(
                    builders.target(tenant_id=account.tenant_id, account_id=account.id)
                ) as passage:
                    await pauses(6)
                    if passage.allowed:
                        wire.send(account.id)
                await asyncio.sleep(0)

        async def activate(barrier: KillBarrier) -> None:
            account = chance.choice([None, *accounts])
            account_id = account.id if account is not None else None
            scope = Scope(tenant_id=home.tenant_id, account_id=account_id)
            latch = await _engage(storage, scope)
            async with asyncio.timeout(10):
                await barrier.close(scope)
            stopped = {one.id for one in accounts if account_id in (None, one.id)}
            wire.stopped |= stopped
            await pauses(40)
            wire.stopped -= stopped
            await _release(storage, latch)
            await pauses(20)

        senders = [
            asyncio.create_task(sender(storage.barriers[index % len(storage.barriers)]))
            for index in range(SENDERS)
        ]
        try:
            for index in range(ACTIVATIONS):
                await activate(storage.barriers[index % len(storage.barriers)])
        finally:
            over.set()
            await asyncio.gather(*senders)
        assert wire.leaked == 0
        # Without traffic between the activations the test would prove nothing.
        assert wire.sent > ACTIVATIONS
