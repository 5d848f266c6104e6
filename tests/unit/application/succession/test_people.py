"""Whose word counts is asked within the change that takes it: nobody leaves in between unseen."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from domain.identity.access import Role
from domain.shared.refusals import Conflicting, Forbidden
from domain.shared.values import InvalidValue
from domain.succession.plan import SuccessionState
from tests.succession_rig import DAY, OWNER, START, TRUSTEES, SuccessionRig

S = SuccessionState
# More uses of storage than any act has.
PLACES = 40
FIRST = TRUSTEES[0]


def _suspend(rig: SuccessionRig) -> None:
    member = rig.database.members[FIRST]
    rig.database.members[FIRST] = replace(member, disabled_at=START, version=2)


def _remove(rig: SuccessionRig) -> None:
    del rig.database.members[FIRST]


def _give_another_role(rig: SuccessionRig) -> None:
    member = rig.database.members[FIRST]
    rig.database.members[FIRST] = replace(member, role=Role.VIEWER, version=2)


async def _confirm(rig: SuccessionRig, _token: str) -> None:
    await rig.use.acts.confirm(trustee=FIRST, by=rig.by(FIRST))


async def _press(rig: SuccessionRig, token: str) -> None:
    await rig.use.links.press(token)


async def _write_a_plan(rig: SuccessionRig, _token: str) -> None:
    await rig.plan()


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
    leave: Callable[[SuccessionRig], None],
    act: Callable[[SuccessionRig, str], Awaitable[None]],
    action: str,
) -> None:
    taken = 0
    for place in range(PLACES):
        rig = SuccessionRig()
        await rig.plan()
        await rig.run(7 * DAY)
        assert rig.is_in(S.CONTACT_PING)
        token, left_at = await rig.mailed(FIRST), list[int]()

        def left(rig: SuccessionRig = rig, left_at: list[int] = left_at) -> None:
            leave(rig)
            left_at.append(len(rig.database.audit))

        rig.meanwhile = (place, left)
        with suppress(Forbidden, Conflicting, InvalidValue):
            await act(rig, token)
        if not left_at:
            # The act was over before.
            taken += 1
            continue
        after = [one.action for one in rig.database.audit[left_at[0] :]]
        assert action not in after, f"after {place} uses of storage"
    assert 0 < taken < PLACES


async def test_a_release_counts_no_trustee_who_left_before_it() -> None:
    released = 0
    for place in range(PLACES):
        rig = SuccessionRig()
        await rig.plan()
        await rig.run(9 * DAY)
        for trustee in TRUSTEES[:2]:
            await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
        while rig.stored.silent_us < 10 * DAY.total_seconds() * 1e6 - rig.tick_s * 1e6:
            await rig.run(DAY / 4)
        assert rig.is_in(S.GRACE)
        left_at: list[int] = []

        def left(rig: SuccessionRig = rig, left_at: list[int] = left_at) -> None:
            _suspend(rig)
            left_at.append(len(rig.database.audit))

        rig.clock.advance(rig.tick_s)
        rig.meanwhile = (place, left)
        await rig.ticker.tick()
        if left_at:
            after = [one.action for one in rig.database.audit[left_at[0] :]]
            assert "succession.released" not in after, f"after {place} uses of storage"
        released += rig.is_in(S.RELEASED)
    assert 0 < released < PLACES


async def test_an_owner_who_is_none_any_more_is_not_heard_by_link() -> None:
    heard = 0
    for place in range(PLACES):
        rig = SuccessionRig()
        await rig.plan()
        await rig.run(5 * DAY)
        token, left_at = await rig.mailed(OWNER), list[int]()

        def left(rig: SuccessionRig = rig, left_at: list[int] = left_at) -> None:
            owner = rig.database.members[OWNER]
            rig.database.members[OWNER] = replace(owner, role=Role.VIEWER, version=2)
            left_at.append(len(rig.database.audit))

        rig.meanwhile = (place, left)
        await rig.use.links.press(token)
        if left_at:
            after = [one.action for one in rig.database.audit[left_at[0] :]]
            assert "succession.armed" not in after, f"after {place} uses of storage"
        heard += rig.is_in(S.ARMED)
    assert 0 < heard <= PLACES
