"""Ask many times at once with one key: one order, and one answer for all.

`python -m tests.torture.idempotency --keys 1000` asks 50 times at once for each key through
two processes over one database, then once more with another body. It prints what it did and
ends with 1 when a key made two orders, gave two answers, or took another body.
"""

import argparse
import asyncio
import random
import sys

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from application.shared.change import KeyReused, Once, Replayed
from tests import builders
from tests.rig import Rig

AT_ONCE = 50
# Few enough that the account's buying power lets every order pass.
KEYS_PER_ROOM = 100


class Repeated(AssertionError):
    """A key that did not have one effect and one answer."""


def _render(outcome: SubmitOutcome) -> tuple[int, bytes]:
    assert isinstance(outcome, Accepted | DeniedOrders)
    return 201, ",".join(str(order.id) for order in outcome.orders).encode()


async def run(*, keys: int, seed: int) -> int:
    """Use that many keys on one account and return how often was asked; raises Repeated."""
    chance = random.Random(f"idempotency/{seed}")

    async def pause() -> None:
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)

    first = Rig(pause=pause)
    rigs = [first, first.twin(seed=2)]
    for number in range(keys):
        await _one_key(rigs, key=f"key-{number}", made=number)
    return keys * (AT_ONCE + 1)


async def _one_key(rigs: list[Rig], *, key: str, made: int) -> None:
    orders = rigs[0].database.orders
    before = set(orders)
    asked = [_submit(rigs[index % 2], key=key, body=b"one") for index in range(AT_ONCE)]
    said = await asyncio.gather(*asked)
    answers = {_answer(one) for one in said}
    if len(answers) != 1 or len(orders) != made + 1:
        raise Repeated(f"{key}: {len(answers)} answers, {len(orders) - made} orders")
    if sum(isinstance(one, Accepted) for one in said) != 1:
        raise Repeated(f"{key}: not exactly one was the first")
    (answer,) = answers
    (order_id,) = set(orders) - before
    if answer != (201, str(order_id).encode()):
        raise Repeated(f"{key}: the answer names another order")
    other = await _submit(rigs[1], key=key, body=b"other")
    if other != KeyReused() or len(orders) != made + 1:
        raise Repeated(f"{key}: it was taken again with another body")


async def _submit(rig: Rig, *, key: str, body: bytes) -> SubmitOutcome:
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms()),),
    )
    return await rig.submit(command, idempotency=Once(key=key, request_hash=body, render=_render))


def _answer(outcome: SubmitOutcome) -> tuple[int, bytes]:
    match outcome:
        case Replayed(status=status, body=body):
            return status, body
        case Accepted() | DeniedOrders():
            return _render(outcome)
        case _:
            raise Repeated(f"a repeat was answered with {outcome}")


def main() -> int:
    """Use the keys of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    asked = 0
    try:
        for begun in range(0, given.keys, KEYS_PER_ROOM):
            keys = min(KEYS_PER_ROOM, given.keys - begun)
            asked += asyncio.run(run(keys=keys, seed=given.seed + begun))
    except Repeated as problem:
        sys.stdout.write(f"idempotency: FAILED: {problem}\n")
        return 1
    said = f"{given.keys} keys, asked {asked} times, 1 order and 1 answer each"
    sys.stdout.write(f"idempotency: {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
