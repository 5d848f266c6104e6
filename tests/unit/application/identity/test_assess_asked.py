"""What a log-in is compared with, what the score is asked, and how doubts add up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.identity import MemoryPeople
from application.identity.assess import Assess
from application.identity.login_try import LoginTry
from domain.identity.demand import Demand
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import LoginFeatures, LoginRecord
from domain.identity.login_risk import LOGINS_MIN, STRANGER, UNJUDGED, UNUSUAL
from domain.identity.session import Device
from ports.login_anomaly import Unscored
from tests.unit.application.identity.door import EMAIL, HOME, NOW
from tests.unit.application.identity.rig import HOUR, THERE, Rig

TOLD = Fingerprint(agent="firefox")
TRIED = LoginTry(email=EMAIL, password="right", visitor=HOME, lasting=True, fingerprint=TOLD)
LATER = timedelta(minutes=3)


@dataclass(slots=True)
class Scored:
    """A score that the test sets, and all that it was asked (port LoginAnomaly)."""

    says: float | Exception | None = None
    asked: list[tuple[UUID, Sequence[LoginRecord], LoginFeatures]] = field(default_factory=list)

    async def score(
        self,
        *,
        user_id: UUID,
        newest: object,
        past: Callable[[], Awaitable[Sequence[LoginRecord]]],
        now: LoginFeatures,
    ) -> float | None:
        """Say it."""
        assert newest is not None
        self.asked.append((user_id, await past(), now))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@dataclass(slots=True)
class Context:
    """An assessment of a room's owner, who has a device and a habit."""

    rig: Rig
    scored: Scored
    assess: Assess
    device: Device
    habit: list[LoginRecord]

    async def demand(self, device: Device | None, **given: Any) -> Demand:
        """Ask what a log-in has to show."""
        # Fields by name: mypy cannot tell which is of what type.
        asked = await self.assess(self.rig.owner, replace(TRIED, **given), device)
        # What was found on the way is handed on, and compared where it is used.
        return replace(asked, features=None, kinds=None)


@pytest.fixture
def context() -> Context:
    rig, scored = Rig(), Scored()
    device = rig.device(fingerprint=TOLD)
    habit = [
        LoginRecord(
            id=rig.ids.new(),
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
            at=NOW,
            network="192.0.2.0/24",
            place=None,
            device_id=device.id,
            features=LoginFeatures(hour=15.0),
        )
        for _ in range(LOGINS_MIN)
    ]
    rig.database.logins = {one.id: one for one in habit}
    rig.clock.advance(LATER.total_seconds())
    assess = Assess(
        memory=rig.memory, people=MemoryPeople(rig.link), anomaly=scored, strange_from=0.7
    )
    return Context(rig, scored, assess, device, habit)


async def test_the_score_is_asked_of_the_users_own_past_and_of_this_log_in(
    context: Context,
) -> None:
    context.scored.says = 0.69
    strange = replace(context.habit[0], id=UUID(int=1), learned=False)
    context.rig.database.logins[strange.id] = strange
    assert await context.demand(context.device) == Demand()
    now = LoginFeatures(hour=15 + 7 / 60 + 5 / 3600)
    assert context.scored.asked == [(context.rig.owner.id, context.habit, now)]
    context.scored.says = 0.7
    assert await context.demand(context.device) == Demand(unconfirmed=True, reasons=(UNUSUAL,))


async def test_doubts_of_rules_and_score_are_all_told(context: Context) -> None:
    context.scored.says = 0.9
    told = await context.demand(None, visitor=THERE)
    assert told == Demand(unconfirmed=True, reasons=(STRANGER, UNUSUAL))
    # What rules find strange is so without a score.
    context.scored.says = Unscored("away")
    told = await context.demand(None, visitor=THERE)
    assert told == Demand(unconfirmed=True, reasons=(STRANGER,))
    assert await context.demand(context.device) == Demand(reasons=(UNJUDGED,))


async def test_below_a_habit_no_score_is_asked(context: Context) -> None:
    context.scored.says = 1.0
    del context.rig.database.logins[context.habit[0].id]
    assert await context.demand(context.device) == Demand()
    assert context.scored.asked == []


async def test_a_script_is_no_new_device_where_scripts_are_usual(context: Context) -> None:
    script = replace(context.habit[0], id=UUID(int=1), device_id=None)
    context.rig.database.logins[script.id] = script
    for lasting, new in ((False, False), (True, True)):
        await context.demand(None, lasting=lasting)
        assert context.scored.asked[-1][2].new_device is new


@pytest.mark.parametrize(
    ("ended_at", "told", "asked"),
    [
        (None, TOLD, False),
        (NOW - HOUR, TOLD, False),
        # All sessions were ended when it was trusted, or later.
        (NOW, TOLD, True),
        (NOW + HOUR, TOLD, True),
        # It says something else of itself than it did.
        (None, Fingerprint(agent="safari"), True),
    ],
)
async def test_a_trusted_device_is_not_asked_while_the_trust_holds(
    context: Context, ended_at: datetime | None, told: Fingerprint, asked: bool
) -> None:
    trusted = context.device.trusted(at=NOW, until=NOW + HOUR)
    context.rig.owner = replace(context.rig.owner, tokens_from=ended_at)
    context.rig.database.users[context.rig.owner.id] = context.rig.owner
    assert await context.demand(trusted, fingerprint=told) == Demand(second_factor=asked)
    assert await context.demand(context.device) == Demand()
    assert await context.demand(trusted.trusted(at=NOW, until=context.rig.clock.now())) == Demand()
