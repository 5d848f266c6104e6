"""Race orders against one limit from two processes: none may take more than is left.

`python -m tests.torture.overspend --races 1000` lets 64 orders race in each of that many
races, over one database, through two processes that interleave at every use of storage. It
prints what it did and ends with 1 when a limit was overspent or left unspent.
"""

import argparse
import asyncio
import random
import sys
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from domain.orders.states import CLOSED
from domain.risk.rule import Action, Rule, RuleType
from domain.shared.values import ZERO
from tests import builders
from tests.rig import Rig

AT_ONCE = 64
PROCESSES = 2
# What the test account may open: its equity at twice the leverage.
BUYING_POWER = Decimal(200_000)
PRICE = Decimal(100)


class Overspent(AssertionError):
    """A race that ended with more, or less, than the limit allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """One race: how large each order is, and what holds them back."""

    seed: int
    quantity: Decimal
    # A limit in units on the position, or None for the account's buying power.
    units_max: Decimal | None

    @property
    def winners(self) -> int:
        """How many orders fit under the limit."""
        limit = self.units_max if self.units_max is not None else BUYING_POWER / PRICE
        return min(int(limit // self.quantity), AT_ONCE)


def draw_race(*, seed: int) -> Race:
    """Draw a race in which some of the orders fit and some do not."""
    chance = random.Random(f"overspend/{seed}")
    if chance.random() < 0.5:
        quantity = Decimal(chance.randrange(40, 400))
        return Race(seed=seed, quantity=quantity, units_max=None)
    quantity = Decimal(chance.randrange(1, 20))
    units_max = quantity * chance.randrange(1, AT_ONCE) + chance.randrange(int(quantity))
    return Race(seed=seed, quantity=quantity, units_max=units_max)


async def run(race: Race) -> int:
    """Run one race and return how many orders passed; raises Overspent."""
    rigs = _rigs(race)
    asked = [_submit(rigs[index % PROCESSES], quantity=race.quantity) for index in range(AT_ONCE)]
    said = await asyncio.gather(*asked)
    passed = [one for one in said if isinstance(one, Accepted)]
    denied = [one for one in said if isinstance(one, DeniedOrders)]
    if len(passed) + len(denied) != AT_ONCE:
        raise Overspent(f"seed {race.seed}: an order was neither accepted nor denied")
    book = await rigs[0].stored()
    open_orders = [order for order in book.orders.values() if order.state not in CLOSED]
    units = sum((order.leaves_quantity for order in open_orders), ZERO)
    money = sum(
        (order.leaves_quantity * (order.reserved_price or ZERO) for order in open_orders), ZERO
    )
    limit = race.units_max if race.units_max is not None else BUYING_POWER
    spent = units if race.units_max is not None else money
    if spent > limit:
        raise Overspent(f"seed {race.seed}: {spent} of {limit} was spent")
    if len(open_orders) != len(passed) or len(passed) != race.winners:
        raise Overspent(f"seed {race.seed}: {len(passed)} passed where {race.winners} fit")
    return len(passed)


def _rigs(race: Race) -> list[Rig]:
    chance = random.Random(f"overspend/{race.seed}/pauses")

    async def pause() -> None:
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)

    first = Rig(pause=pause)
    if race.units_max is not None:
        _limit_units(first, units_max=race.units_max)
    return [first, *(first.twin(seed=seed) for seed in range(2, PROCESSES + 1))]


def _limit_units(rig: Rig, *, units_max: Decimal) -> None:
    rule = Rule(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        name="Position",
        rule_type=RuleType.MAX_POSITION_SIZE,
        threshold=units_max,
        action=Action.BLOCK,
        created_at=builders.AT,
        updated_at=builders.AT,
        parameters=MappingProxyType({"unit": "units"}),
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1


async def _submit(rig: Rig, *, quantity: Decimal) -> SubmitOutcome:
    terms = builders.terms(quantity=quantity, limit_price=PRICE)
    command = SubmitOrder(
        asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=terms),)
    )
    return await rig.submit(command, idempotency=None)


def main() -> int:
    """Run the races of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first race")
    asked = parser.parse_args()
    passed = 0
    for seed in range(asked.seed, asked.seed + asked.races):
        try:
            passed += asyncio.run(run(draw_race(seed=seed)))
        except Overspent as problem:
            sys.stdout.write(f"overspend: FAILED at race {seed}: {problem}\n")
            return 1
    total = asked.races * AT_ONCE
    said = f"{asked.races} races, {passed} of {total} orders passed, 0 overspent"
    sys.stdout.write(f"overspend: {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
