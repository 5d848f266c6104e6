"""Whose word counts is asked within the change that takes it: nobody leaves in between unseen."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from domain.identity.access import Role
from domain.shared.refusals import Conflicting, Forbidden
from domain.shared.values import InvalidValue
from domain.succession.plan import SuccessionState
from tests.succession_room import DAY, OWNER, START, TRUSTEES, SuccessionRoom

S = SuccessionState
# More uses of storage than any act has.
PLACES = 40
FIRST = TRUSTEES[0]


def _suspend(room: SuccessionRoom) -> None:
    member = room.database.members[FIRST]
    room.database.members[FIRST] = replace(member, disabled_at=START, version=2)


def _remove(room: SuccessionRoom) -> None:
    del room.database.members[FIRST]


def _give_another_role(room: SuccessionRoom) -> None:
    member = room.database.members[FIRST]
    room.database.members[FIRST] = replace(member, role=Role.VIEWER, version=2)


async def _confirm(room: SuccessionRoom, _token: str) -> None:
    await room.use.acts.confirm(trustee=FIRST, by=room.by(FIRST))


async def _press(room: SuccessionRoom, token: str) -> None:
    await room.use.links.press(token)


async def _write_a_plan(room: SuccessionRoom, _token: str) -> None:
    await room.plan()


@pytest.mark.parametrize("leave", [_suspend, _remove, _give_another_role])
@pytest.mark.parametrize(
    ("act", "action"),
    [
        (_confirm, "succession.confirmed"),
        (_press, "succession.confirmed"),
        (_write_a_plan, "succession.plan_written"),
    ],
)
async def test_a_trustee_who_left_before_the_commit_counts_for_nothing(
    leave: Callable[[SuccessionRoom], None],
    act: Callable[[SuccessionRoom, str], Awaitable[None]],
    action: str,
) -> None:
    taken = 0
    for place in range(PLACES):
        room = SuccessionRoom()
        await room.plan()
        await room.run(7 * DAY)
        assert room.is_in(S.CONTACT_PING)
        token, left_at = await room.mailed(FIRST), list[int]()

        def left(room: SuccessionRoom = room, left_at: list[int] = left_at) -> None:
            leave(room)
            left_at.append(len(room.database.audit))

        room.meanwhile = (place, left)
        with suppress(Forbidden, Conflicting, InvalidValue):
            await act(room, token)
        if not left_at:
            # The act was over before.
            taken += 1
            continue
        after = [one.action for one in room.database.audit[left_at[0] :]]
        assert action not in after, f"after {place} uses of storage"
    assert 0 < taken < PLACES


async def test_a_release_counts_no_trustee_who_left_before_it() -> None:
    released = 0
    for place in range(PLACES):
        room = SuccessionRoom()
        await room.plan()
        await room.run(9 * DAY)
        for trustee in TRUSTEES[:2]:
            await room.use.acts.confirm(trustee=trustee, by=room.by(trustee))
        while room.stored.silent_us < 10 * DAY.total_seconds() * 1e6 - room.tick_s * 1e6:
            await room.run(DAY / 4)
        assert room.is_in(S.GRACE)
        left_at: list[int] = []

        def left(room: SuccessionRoom = room, left_at: list[int] = left_at) -> None:
            _suspend(room)
            left_at.append(len(room.database.audit))

        room.clock.advance(room.tick_s)
        room.meanwhile = (place, left)
        await room.ticker.tick()
        if left_at:
            after = [one.action for one in room.database.audit[left_at[0] :]]
            assert "succession.released" not in after, f"after {place} uses of storage"
        released += room.is_in(S.RELEASED)
    assert 0 < released < PLACES


async def test_an_owner_who_is_none_any_more_is_not_heard_by_link() -> None:
    heard = 0
    for place in range(PLACES):
        room = SuccessionRoom()
        await room.plan()
        await room.run(5 * DAY)
        token, left_at = await room.mailed(OWNER), list[int]()

        def left(room: SuccessionRoom = room, left_at: list[int] = left_at) -> None:
            owner = room.database.members[OWNER]
            room.database.members[OWNER] = replace(owner, role=Role.VIEWER, version=2)
            left_at.append(len(room.database.audit))

        room.meanwhile = (place, left)
        await room.use.links.press(token)
        if left_at:
            after = [one.action for one in room.database.audit[left_at[0] :]]
            assert "succession.armed" not in after, f"after {place} uses of storage"
        heard += room.is_in(S.ARMED)
    assert 0 < heard <= PLACES
