"""What memory keeps of devices, log-ins and notices goes when it has served its time."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.retention import MemorySpentRecords
from adapters.memory.time import ManualClock
from ports.factors import address_of
from tests import builders
from tests.contracts.identity.devices import device, failure, login, notice
from tests.contracts.identity.factors import app, seed
from tests.contracts.identity.scope import AT, user

KEPT_S = 3_600.0
YEAR, DAY = timedelta(days=366), timedelta(days=1)


async def purged(*, after: timedelta) -> MemoryDatabase:
    """Return what is left so long after all of it was made."""
    database = MemoryDatabase()
    owner = user(builders.new_id(), email="owner@example.com")
    kept, came = device(owner), login(owner)
    told, wrong = notice(owner), failure(owner, at_min=0)
    database.devices[kept.id] = kept
    database.logins[came.id] = came
    database.user_notices[told.id] = told
    database.login_failures[wrong.id] = wrong
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.advance((AT - clock.now() + after).total_seconds())
    await MemorySpentRecords(link=MemoryLink(database), clock=clock).purge(
        older_than_s=KEPT_S, limit=9
    )
    return database


def counts(database: MemoryDatabase) -> list[int]:
    """Return how many there are of each kind."""
    kinds = (database.devices, database.logins, database.user_notices, database.login_failures)
    return [len(kind) for kind in kinds]


async def test_failures_go_after_a_day_and_the_others_after_a_year() -> None:
    kept = timedelta(seconds=KEPT_S)
    assert counts(await purged(after=DAY + kept)) == [1, 1, 1, 1]
    assert counts(await purged(after=DAY + kept + timedelta(seconds=1))) == [1, 1, 1, 0]
    assert counts(await purged(after=YEAR + kept)) == [1, 1, 1, 0]
    assert counts(await purged(after=YEAR + kept + timedelta(seconds=1))) == [0, 0, 0, 0]


@pytest.mark.parametrize(("after_s", "left"), [(3_600, 3), (3_601, 2)])
async def test_an_enrolment_that_nobody_confirmed_goes_with_its_seed(
    after_s: int, left: int
) -> None:
    database = MemoryDatabase()
    owner = user(builders.new_id(), email="owner@example.com")
    unfinished, confirmed = app(owner), app(owner, confirmed_at=AT)
    later = app(owner, created_at=AT + timedelta(seconds=2))
    for one in (unfinished, confirmed, later):
        database.totps[one.id] = one
        database.secrets[address_of(one)] = seed(one).sealed
    clock = ManualClock(AT)
    clock.advance(after_s)
    spent = MemorySpentRecords(link=MemoryLink(database), clock=clock)
    # However long answers are kept.
    await spent.purge(older_than_s=30 * 86_400.0, limit=9)
    assert len(database.totps) == len(database.secrets) == left
    assert (unfinished.id in database.totps) is (left == 3)
    assert (address_of(unfinished) in database.secrets) is (left == 3)
