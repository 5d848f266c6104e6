"""The clocks of a whole world are set ahead and back: orders go again, exits at once."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from application.orders.commands import OrderRequest, SubmitOrder
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.risk.rule import RuleType
from tests.simulation.clients import Client
from tests.simulation.market import SYMBOLS
from tests.simulation.run import STEPS_MAX, VIRTUAL_S_MAX
from tests.simulation.virtual_time.run import Simulation, run
from tests.simulation.world import World, build_world

HOUR = timedelta(hours=1)
WINDOW_S = 5
TAKEN, DENIED = 201, 403


@dataclass(slots=True)
class Jump:
    """Hold something, send orders ahead of time, and go on at the true time."""

    rule_type: RuleType
    crash: bool
    told: dict[str, int] = field(default_factory=dict)

    async def __call__(self, sim: Simulation) -> None:
        """Note what each order was answered."""
        world = build_world(sim, say=lambda _: None, has_succession=False)
        world.start()
        world.heal()
        client = world.clients()[0]
        await asyncio.sleep(1)
        self.told["entry"] = await _asked(world, client, Side.BUY, quantity=5)
        for _ in range(100):
            if any(book.positions for book in world.disk.books.values()):
                break
            await asyncio.sleep(0.2)
        _limit(world, self.rule_type)
        sim.loop.wall_ahead += HOUR
        self.told["ahead"] = await _asked(world, client, Side.BUY)
        sim.loop.wall_ahead -= HOUR
        if self.crash:
            for name in world.intakes:
                world.processes[name].crash()
            await asyncio.sleep(3)
        self.told["back"] = await _asked(world, client, Side.BUY)
        self.told["exit"] = await _asked(world, client, Side.SELL)
        await asyncio.sleep(WINDOW_S)
        self.told["later"] = await _asked(world, client, Side.BUY)


@pytest.mark.parametrize("rule_type", [RuleType.ORDER_RATE, RuleType.DUPLICATE_ORDER])
@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_after_a_jump_of_the_clock_orders_go_again(
    rule_type: RuleType, crash: bool, seed: int
) -> None:
    jump = Jump(rule_type=rule_type, crash=crash)
    outcome = run(seed, jump, max_steps=STEPS_MAX, max_virtual_s=VIRTUAL_S_MAX)
    assert outcome.failure is None, outcome.failure
    assert jump.told == {
        "entry": TAKEN,
        "ahead": TAKEN,
        "back": DENIED,
        "exit": TAKEN,
        "later": TAKEN,
    }


def _limit(world: World, rule_type: RuleType) -> None:
    some = next(iter(world.disk.database.rules.values()))
    window = {"window_s": str(WINDOW_S)}
    world.disk.store_rules(
        replace(
            some,
            id=world.sim.ids.new(),
            name="Few",
            rule_type=rule_type,
            threshold=Decimal(1),
            parameters=MappingProxyType(window),
        )
    )


async def _asked(world: World, client: Client, side: Side, *, quantity: int = 1) -> int:
    terms = OrderTerms(
        symbol=SYMBOLS[0],
        side=side,
        type=OrderType.MARKET,
        quantity=Decimal(quantity),
        time_in_force=TimeInForce.DAY,
    )
    request = OrderRequest(terms=terms)
    command = SubmitOrder(asker=client.asker, account_id=client.accounts[0], orders=(request,))
    for _ in range(20):
        answer = await client.call(command, key=f"{world.sim.ids.new()}")
        if answer is not None:
            return answer.status
        await asyncio.sleep(0.2)
    raise AssertionError("nobody answers")
