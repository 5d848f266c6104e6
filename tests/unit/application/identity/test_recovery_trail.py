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
from tests.unit.application.identity.room import HOUR, TRACE, Room

TOKEN = "blc_token"
DELAY = 48 * HOUR


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def recoveries(room: Room) -> Recoveries:
    challenges = Challenges(
        deps=room.deps,
        users=room.users,
        tokens=room.tokens,
        throttle=room.throttle,
        tries=room.tries,
        open=room.open,
    )
    return Recoveries(
        deps=room.deps,
        users=room.users,
        challenges=challenges,
        tries=room.tries,
        factors=room.kinds,
    )


def challenge(room: Room, token: str = TOKEN, **given: Any) -> Challenge:
    """Store an open challenge of the owner."""
    whole: dict[str, Any] = {
        "id": room.ids.new(),
        "tenant_id": room.tenant.id,
        "user_id": room.owner.id,
        "digest": digest_of(token),
        "created_at": room.clock.now(),
        "expires_at": room.clock.now() + timedelta(minutes=5),
        "lasting": True,
        "remember": False,
        "device_label": "",
        **given,
    }
    # Fields by name: mypy cannot tell which is of what type.
    made = Challenge(**whole)
    room.database.challenges[made.id] = made
    return made


def asked(room: Room, **given: Any) -> Recovery:
    """Store an open request of the owner."""
    whole: dict[str, Any] = {
        "id": room.ids.new(),
        "tenant_id": room.tenant.id,
        "user_id": room.owner.id,
        "asked_at": NOW,
        "effective_at": NOW + DELAY,
        **given,
    }
    made = Recovery(**whole)
    room.database.recoveries[made.id] = made
    return made


async def test_who_knows_the_password_asks_once_and_its_user_is_told(
    room: Room, recoveries: Recoveries
) -> None:
    room.clock.advance(60)
    challenge(room)
    at = room.clock.now()
    made = await recoveries.ask(challenge=TOKEN, trace_id=TRACE)
    assert isinstance(made, Recovery)
    assert made == Recovery(
        id=made.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        asked_at=at,
        effective_at=at + DELAY,
    )
    assert room.database.recoveries == {made.id: made}
    detail = (("recovery", str(made.id)), ("effective_at", (at + DELAY).isoformat()))
    assert room.fresh() == [
        room.entry("recovery.ask", *detail),
        room.entry("notice.recovery_asked", *detail),
    ]
    room.clock.advance(60)
    # The delay of the first stays.
    assert await recoveries.ask(challenge=TOKEN) == made
    assert room.fresh() == []


async def test_nobody_asks_without_an_open_challenge_of_somebody_who_may_come_in(
    room: Room, recoveries: Recoveries
) -> None:
    ask = recoveries.ask
    assert await ask(challenge=TOKEN) == RecoveryRefused()
    open_ = challenge(room)
    for shut in (
        replace(open_, used_at=NOW),
        replace(open_, expires_at=NOW),
        replace(open_, tries=5),
    ):
        room.database.challenges[open_.id] = shut
        assert await ask(challenge=TOKEN) == RecoveryRefused()
    room.database.challenges[open_.id] = replace(open_, tries=4)
    room.database.users[room.owner.id] = replace(room.owner, disabled_at=NOW)
    assert await ask(challenge=TOKEN) == RecoveryRefused()
    room.database.users[room.owner.id] = room.owner
    assert (room.fresh(), room.database.recoveries) == ([], {})
    assert isinstance(await ask(challenge=TOKEN), Recovery)
    assert {one.trace_id for one in room.fresh()} == {""}


async def test_a_challenge_that_is_answered_just_now_asks_for_nothing(
    room: Room, recoveries: Recoveries
) -> None:
    open_ = challenge(room)

    class Late:
        """Finds the user, and the challenge is answered at once (part of port Users)."""

        async def find(self, *, user_id: UUID) -> object:
            room.database.challenges[open_.id] = replace(open_, used_at=NOW)
            return await room.users.find(user_id=user_id)

    found_late: Any = Late()
    late = replace(recoveries.challenges, users=found_late)
    beside = replace(recoveries, challenges=late)
    assert await beside.ask(challenge=TOKEN) == RecoveryRefused()
    assert room.database.recoveries == {}


async def test_whoever_is_logged_in_cancels_their_own(room: Room, recoveries: Recoveries) -> None:
    other = room.user("ada@example.com")
    theirs, own = asked(room, user_id=other.id), asked(room)
    session = room.session()
    room.clock.advance(60)
    asking = room.asking(session_id=session.id)
    script = room.asking(session_id=session.id, kind=PrincipalKind.TOKEN)
    assert await recoveries.cancel(script) == NeedsPerson()
    assert room.database.recoveries == {theirs.id: theirs, own.id: own}
    assert await recoveries.cancel(asking) is None
    canceled = replace(own, canceled_at=room.clock.now())
    assert room.database.recoveries == {theirs.id: theirs, own.id: canceled}
    detail = (("recovery", str(own.id)), ("why", "canceled in a session"))
    assert room.fresh() == [
        room.entry("recovery.cancel", *detail),
        room.entry("notice.recovery_canceled", *detail),
    ]
    stranger = room.asking(user_id=UUID(int=9), session_id=session.id)
    for who in (asking, stranger):
        with pytest.raises(NoRecovery, match=r"^no recovery is open$"):
            await recoveries.cancel(who)


async def test_what_is_due_takes_the_factors_and_open_challenges_and_is_told(
    room: Room, recoveries: Recoveries
) -> None:
    made, app = asked(room), room.app()
    room.clock.advance(DELAY.total_seconds() - 0.001)
    assert await recoveries.settle() == 0
    assert room.database.recoveries == {made.id: made}
    open_ = challenge(room)
    room.clock.advance(0.001)
    at = room.clock.now()
    assert await recoveries.settle() == 1
    assert room.database.recoveries == {made.id: replace(made, done_at=at)}
    assert room.database.totps == {app.id: replace(app, removed_at=at)}
    assert room.database.challenges == {open_.id: replace(open_, used_at=at)}
    detail = (("recovery", str(made.id)), ("effective_at", made.effective_at.isoformat()))
    assert room.fresh() == [
        room.entry("recovery.done", *detail, actor="system:recovery", trace_id=""),
        room.entry("notice.recovery_done", *detail, trace_id=""),
    ]
    assert (await recoveries.settle(), room.fresh()) == (0, [])


async def test_all_tenants_and_all_who_are_due_are_settled(
    room: Room, recoveries: Recoveries
) -> None:
    other = Tenant(id=room.ids.new(), name="Away", created_at=NOW)
    room.database.tenants[other.id] = other
    for number in range(101):
        asked(room, user_id=room.user(f"{number}@example.com").id)
    beside = room.user("beside@example.com")
    room.database.users[beside.id] = replace(beside, tenant_id=other.id)
    asked(room, user_id=beside.id, tenant_id=other.id)
    room.clock.advance(DELAY.total_seconds())
    assert await recoveries.settle() == 102
    assert all(one.done_at is not None for one in room.database.recoveries.values())


async def test_one_that_is_canceled_after_it_was_listed_takes_nothing(
    room: Room, recoveries: Recoveries
) -> None:
    made, app = asked(room), room.app()
    room.clock.advance(DELAY.total_seconds())
    canceled = replace(made, canceled_at=NOW)
    room.database.recoveries[made.id] = canceled
    assert await recoveries._settle(made) is False
    # Nor one that was asked for anew and is not due yet.
    again = asked(room, effective_at=room.clock.now() + HOUR)
    assert await recoveries._settle(made) is False
    room.database.recoveries = {again.id: replace(again, effective_at=NOW)}
    del room.database.users[room.owner.id]
    assert await recoveries._settle(made) is False
    assert (room.database.totps, room.fresh()) == ({app.id: app}, [])


async def test_the_loop_goes_on_where_storage_is_away(room: Room, recoveries: Recoveries) -> None:
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
