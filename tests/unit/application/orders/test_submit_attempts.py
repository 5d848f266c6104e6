"""A submit that is overtaken each time gives up after a few attempts, with nothing stored."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from application.orders.commands import Accepted, OrderRequest, SubmitOrder
from application.shared.change import ATTEMPTS_MAX
from ports.storage import StorageUnavailable
from tests import builders
from tests.rig import Rig


@dataclass(slots=True)
class Meddler:
    """Changes the tenant's rules whenever the submit is about to use storage, so many times."""

    times: int
    rig: Rig | None = None
    changes: int = field(default=0, init=False)

    async def __call__(self) -> None:
        """Change the rules once more."""
        if self.rig is None or self.changes == self.times:
            return
        self.changes += 1
        versions = self.rig.database.rules_versions
        versions[self.rig.tenant_id] = versions.get(self.rig.tenant_id, 0) + 1


def _meddled(*, times: int) -> tuple[Rig, Meddler]:
    meddler = Meddler(times)
    rig = Rig(pause=meddler)
    meddler.rig = rig
    return rig, meddler


def _order(rig: Rig) -> SubmitOrder:
    return SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(1))),),
    )


async def test_rules_that_never_stand_still_end_in_a_refusal_to_try_again() -> None:
    rig, meddler = _meddled(times=10_000)
    with pytest.raises(StorageUnavailable, match="kept changing; try again"):
        await rig.submit(_order(rig), idempotency=None)
    assert not rig.database.orders
    assert not rig.database.audit
    # Each attempt reads, decides and stores: far from the ten thousand.
    assert ATTEMPTS_MAX <= meddler.changes <= 4 * ATTEMPTS_MAX


async def test_rules_that_come_to_rest_let_the_order_in() -> None:
    rig, meddler = _meddled(times=ATTEMPTS_MAX // 2)
    assert isinstance(await rig.submit(_order(rig), idempotency=None), Accepted)
    assert meddler.changes == ATTEMPTS_MAX // 2
    assert len(rig.database.orders) == 1
