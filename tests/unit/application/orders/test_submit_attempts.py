"""A submit that is overtaken each time gives up after a few attempts, with nothing stored."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from application.orders.commands import Accepted, OrderRequest, SubmitOrder
from application.shared.change import ATTEMPTS_MAX
from ports.storage import StorageUnavailable
from tests import builders
from tests.room import Room


@dataclass(slots=True)
class Meddler:
    """Changes the tenant's rules whenever the submit is about to use storage, so many times."""

    times: int
    room: Room | None = None
    changes: int = field(default=0, init=False)

    async def __call__(self) -> None:
        """Change the rules once more."""
        if self.room is None or self.changes == self.times:
            return
        self.changes += 1
        versions = self.room.database.rules_versions
        versions[self.room.tenant_id] = versions.get(self.room.tenant_id, 0) + 1


def _meddled(*, times: int) -> tuple[Room, Meddler]:
    meddler = Meddler(times)
    room = Room(pause=meddler)
    meddler.room = room
    return room, meddler


def _order(room: Room) -> SubmitOrder:
    return SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(1))),),
    )


async def test_rules_that_never_stand_still_end_in_a_refusal_to_try_again() -> None:
    room, meddler = _meddled(times=10_000)
    with pytest.raises(StorageUnavailable, match="kept changing; try again"):
        await room.submit(_order(room), idempotency=None)
    assert not room.database.orders
    assert not room.database.audit
    # Each attempt reads, decides and stores: far from the ten thousand.
    assert ATTEMPTS_MAX <= meddler.changes <= 4 * ATTEMPTS_MAX


async def test_rules_that_come_to_rest_let_the_order_in() -> None:
    room, meddler = _meddled(times=ATTEMPTS_MAX // 2)
    assert isinstance(await room.submit(_order(room), idempotency=None), Accepted)
    assert meddler.changes == ATTEMPTS_MAX // 2
    assert len(room.database.orders) == 1
