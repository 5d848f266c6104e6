"""The way back without a factor: what is asked for, told and taken away, and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.challenges import Challenges
from application.identity.recovery import NoRecovery, Recoveries, RecoveryRefused, SettleRecoveries
from domain.identity.factors import Challenge, Recovery
from domain.identity.one_time import digest_of
from domain.identity.tenant import PrincipalKind, Tenant
from ports.storage import StorageUnavailable
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.rig import HOUR, TRACE, Rig

TOKEN = "blc_token"
DELAY = 48 * HOUR


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def recoveries(rig: Rig) -> Recoveries:
    challenges = Challenges(
        deps=rig.deps,
        users=rig.users,
        tokens=rig.tokens,
        throttle=rig.throttle,
        tries=rig.tries,
        open=rig.open,
    )
    return Recoveries(
        deps=rig.deps,
        users=rig.users,
        challenges=challenges,
        tries=rig.tries,
        factors=rig.kinds,
    )


def challenge(rig: Rig, token: str = TOKEN, **given: Any) -> Challenge:
    """Store an open challenge of the owner."""
    whole: dict[str, Any] = {
        "id": rig.ids.new(),
        "tenant_id": rig.tenant.id,
        "user_id": rig.owner.id,
        "digest": digest_of(token),
        "created_at": rig.clock.now(),
        "expires_at": rig.clock.now() + timedelta(minutes=5),
        "lasting": True,
        "remember": False,
        "device_label": "",
        **given,
    }
    # Fields by name: mypy cannot tell which is of what type.
    made = Challenge(**whole)
    rig.database.challenges[made.id] = made
    return made


def asked(rig: Rig, **given: Any) -> Recovery:
    """Store an open request of the owner."""
    whole: dict[str, Any] = {
        "id": rig.ids.new(),
        "tenant_id": rig.tenant.id,
        "user_id": rig.owner.id,
        "asked_at": NOW,
        "effective_at": NOW + DELAY,
        **given,
    }
    made = Recovery(**whole)
    rig.database.recoveries[made.id] = made
    return made


async def test_who_knows_the_password_asks_once_and_its_user_is_told(
    rig: Rig, recoveries: Recoveries
) -> None:
    rig.clock.advance(60)
    challenge(rig)
    at = rig.clock.now()
    made = await recoveries.ask(challenge=TOKEN, trace_id=TRACE)
    assert isinstance(made, Recovery)
    assert made == Recovery(
        id=made.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        asked_at=at,
        effective_at=at + DELAY,
    )
    assert rig.database.recoveries == {made.id: made}
    detail = (("recovery", str(made.id)), ("effective_at", (at + DELAY).isoformat()))
    assert rig.fresh() == [
        rig.entry("recovery.ask", *detail),
        rig.entry("notice.recovery_asked", *detail),
    ]
    rig.clock.advance(60)
    # The delay of the first stays.
    assert await recoveries.ask(challenge=TOKEN) == made
    assert rig.fresh() == []


async def test_nobody_asks_without_an_open_challenge_of_somebody_who_may_come_in(
    rig: Rig, recoveries: Recoveries
) -> None:
    ask = recoveries.ask
    assert await ask(challenge=TOKEN) == RecoveryRefused()
    open_ = challenge(rig)
    for shut in (
        replace(open_, used_at=NOW),
        replace(open_, expires_at=NOW),
        replace(open_, tries=5),
    ):
        rig.database.challenges[open_.id] = shut
        assert await ask(challenge=TOKEN) == RecoveryRefused()
    rig.database.challenges[open_.id] = replace(open_, tries=4)
    rig.database.users[rig.owner.id] = replace(rig.owner, disabled_at=NOW)
    assert await ask(challenge=TOKEN) == RecoveryRefused()
    rig.database.users[rig.owner.id] = rig.owner
    assert (rig.fresh(), rig.database.recoveries) == ([], {})
    assert isinstance(await ask(challenge=TOKEN), Recovery)
    assert {one.trace_id for one in rig.fresh()} == {""}


async def test_a_challenge_that_is_answered_just_now_asks_for_nothing(
    rig: Rig, recoveries: Recoveries
) -> None:
    open_ = challenge(rig)

    class Late:
        """Finds the user, and the challenge is answered at once (part of port Users)."""

        async def find(self, *, user_id: UUID) -> object:
            rig.database.challenges[open_.id] = replace(open_, used_at=NOW)
            return await rig.users.find(user_id=user_id)

    found_late: Any = Late()
    late = replace(recoveries.challenges, users=found_late)
    beside = replace(recoveries, challenges=late)
    assert await beside.ask(challenge=TOKEN) == RecoveryRefused()
    assert rig.database.recoveries == {}


async def test_whoever_is_logged_in_cancels_their_own(rig: Rig, recoveries: Recoveries) -> None:
    other = rig.user("ada@example.com")
    theirs, own = asked(rig, user_id=other.id), asked(rig)
    session = rig.session()
    rig.clock.advance(60)
    asking = rig.asking(session_id=session.id)
    script = rig.asking(session_id=session.id, kind=PrincipalKind.TOKEN)
    assert await recoveries.cancel(script) == NeedsPerson()
    assert rig.database.recoveries == {theirs.id: theirs, own.id: own}
    assert await recoveries.cancel(asking) is None
    canceled = replace(own, canceled_at=rig.clock.now())
    assert rig.database.recoveries == {theirs.id: theirs, own.id: canceled}
    detail = (("recovery", str(own.id)), ("why", "canceled in a session"))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *detail),
        rig.entry("notice.recovery_canceled", *detail),
    ]
    stranger = rig.asking(user_id=UUID(int=9), session_id=session.id)
    for who in (asking, stranger):
        with pytest.raises(NoRecovery, match=r"^no recovery is open$"):
            await recoveries.cancel(who)


async def test_what_is_due_takes_the_factors_and_open_challenges_and_is_told(
    rig: Rig, recoveries: Recoveries
) -> None:
    made, app = asked(rig), rig.app()
    rig.clock.advance(DELAY.total_seconds() - 0.001)
    assert await recoveries.settle() == 0
    assert rig.database.recoveries == {made.id: made}
    open_ = challenge(rig)
    rig.clock.advance(0.001)
    at = rig.clock.now()
    assert await recoveries.settle() == 1
    assert rig.database.recoveries == {made.id: replace(made, done_at=at)}
    assert rig.database.totps == {app.id: replace(app, removed_at=at)}
    assert rig.database.challenges == {open_.id: replace(open_, used_at=at)}
    detail = (("recovery", str(made.id)), ("effective_at", made.effective_at.isoformat()))
    assert rig.fresh() == [
        rig.entry("recovery.done", *detail, actor="system:recovery", trace_id=""),
        rig.entry("notice.recovery_done", *detail, trace_id=""),
    ]
    assert (await recoveries.settle(), rig.fresh()) == (0, [])


async def test_all_tenants_and_all_who_are_due_are_settled(
    rig: Rig, recoveries: Recoveries
) -> None:
    other = Tenant(id=rig.ids.new(), name="Away", created_at=NOW)
    rig.database.tenants[other.id] = other
    for number in range(101):
        asked(rig, user_id=rig.user(f"{number}@example.com").id)
    beside = rig.user("beside@example.com")
    rig.database.users[beside.id] = replace(beside, tenant_id=other.id)
    asked(rig, user_id=beside.id, tenant_id=other.id)
    rig.clock.advance(DELAY.total_seconds())
    assert await recoveries.settle() == 102
    assert all(one.done_at is not None for one in rig.database.recoveries.values())


async def test_one_that_is_canceled_after_it_was_listed_takes_nothing(
    rig: Rig, recoveries: Recoveries
) -> None:
    made, app = asked(rig), rig.app()
    rig.clock.advance(DELAY.total_seconds())
    canceled = replace(made, canceled_at=NOW)
    rig.database.recoveries[made.id] = canceled
    assert await recoveries._settle(made) is False
    # Nor one that was asked for anew and is not due yet.
    again = asked(rig, effective_at=rig.clock.now() + HOUR)
    assert await recoveries._settle(made) is False
    rig.database.recoveries = {again.id: replace(again, effective_at=NOW)}
    del rig.database.users[rig.owner.id]
    assert await recoveries._settle(made) is False
    assert (rig.database.totps, rig.fresh()) == ({app.id: app}, [])


async def test_the_loop_goes_on_where_storage_is_away(rig: Rig, recoveries: Recoveries) -> None:
    class Stop(Exception):
        """End the loop."""

    class Away:
        """Tenants that cannot be listed once (part of port Users)."""

        asked = 0

        async def tenants(self) -> list[Tenant]:
            self.asked += 1
            if self.asked == 1:
                raise StorageUnavailable("away")
            if self.asked == 3:
                raise Stop
            return []

    class Nap:
        """Notes how long it would sleep (port Sleeper)."""

        def __init__(self) -> None:
            self.slept: list[float] = []

        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)

    nap = Nap()
    nowhere: Any = Away()
    away = replace(recoveries, users=nowhere)
    with pytest.raises(Stop):
        await SettleRecoveries(recoveries=away, sleeper=nap).run()
    assert nap.slept == [30.0, 30.0]
