"""A mailed link counts by its button alone: once, in its step, for whom it was mailed."""

from datetime import timedelta
from uuid import UUID

import pytest

from application.succession.answer_link import DeadLink
from domain.identity.access import GrantLevel, Role
from domain.succession.link import DIGESTS_MAX, LINK_LASTS, Asks, SuccessionLink
from domain.succession.plan import SuccessionState, Trading
from domain.succession.stored_plan import AccountAccess
from tests import builders
from tests.succession_room import DAY, OWNER, TENANT, TRUSTEES, SuccessionRoom

S = SuccessionState


async def _at(days: int) -> SuccessionRoom:
    room = SuccessionRoom()
    await room.plan()
    await room.run(days * DAY)
    return room


async def test_looking_changes_nothing_and_the_button_counts_once() -> None:
    room = await _at(5)
    token = await room.mailed(OWNER)
    before = (room.state, room.stored, room.links)
    for _ in range(3):
        asked = await room.use.links.look(token)
        assert isinstance(asked, SuccessionLink)
        assert asked.asks is Asks.WELL
    assert (room.state, room.stored, room.links) == before
    assert await room.use.links.press(token) is Asks.WELL
    assert room.is_in(S.ARMED)
    assert await room.use.links.press(token) == DeadLink()
    assert await room.use.links.look(token) == DeadLink()


async def test_a_link_is_dead_in_every_other_step() -> None:
    room = await _at(5)
    token = await room.mailed(OWNER)
    await room.run(2 * DAY)
    assert room.is_in(S.CONTACT_PING)
    assert await room.use.links.press(token) == DeadLink()
    assert room.is_in(S.CONTACT_PING)


async def test_a_link_lapses() -> None:
    room = await _at(5)
    token = await room.mailed(OWNER)
    room.clock.set_wall(room.clock.now() + LINK_LASTS)
    assert await room.use.links.press(token) == DeadLink()
    assert room.is_in(S.REMINDED)


async def test_trustees_confirm_by_mail_and_the_owner_takes_it_back_by_mail() -> None:
    room = await _at(9)
    assert room.is_in(S.GRACE)
    for trustee in TRUSTEES[:2]:
        assert await room.use.links.press(await room.mailed(trustee)) is Asks.CONFIRM
    assert room.stored.confirmed == set(map(str, TRUSTEES[:2]))
    await room.run(3 * DAY)
    assert room.is_in(S.RELEASED)
    assert await room.use.links.press(await room.mailed(OWNER)) is Asks.VETO
    assert (room.state, room.trading) == (S.ARMED, Trading.ACTIVE)


async def test_no_veto_by_mail_once_the_release_is_final() -> None:
    room = await _at(9)
    for trustee in TRUSTEES[:2]:
        await room.use.acts.confirm(trustee=trustee, by=room.by(trustee))
    await room.run(3 * DAY)
    token = await room.mailed(OWNER)
    await room.run(4 * DAY)
    assert await room.use.links.press(token) == DeadLink()
    assert room.is_in(S.RELEASED)


async def test_who_is_no_trustee_any_more_confirms_nothing() -> None:
    room = await _at(9)
    token = await room.mailed(TRUSTEES[0])
    del room.database.members[TRUSTEES[0]]
    assert await room.use.links.press(token) == DeadLink()
    assert room.stored.confirmed == frozenset()


@pytest.mark.parametrize("token", ["", "bls_", "bls_" + "A" * 107, "bls_" + "é" * 107, "x" * 111])
async def test_what_is_no_token_opens_nothing(token: str) -> None:
    room = await _at(5)
    assert await room.use.links.look(token) == DeadLink()
    assert await room.use.links.press(token) == DeadLink()


async def test_no_letter_of_a_token_may_differ() -> None:
    room = await _at(5)
    token = await room.mailed(OWNER)
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        wrong = token[:place] + other + token[place + 1 :]
        assert await room.use.links.press(wrong) == DeadLink()
    assert room.is_in(S.REMINDED)


async def test_no_token_is_stored_and_another_tenant_makes_none() -> None:
    room = await _at(5)
    token = await room.mailed(OWNER)
    assert token not in str(room.database.records)
    assert token not in str(room.database.user_notices)
    assert token not in str(room.database.audit)
    link = dict(room.told(OWNER)[-1].detail)["link"]
    assert await room.use.links.path(tenant_id=UUID(int=2), user_id=OWNER, link=link) is None
    # Who is told of the owner's reminder, too, gets no button of the owner's.
    links = room.use.links
    assert await links.path(tenant_id=TENANT, user_id=TRUSTEES[0], link=link) is None
    for wrong in ("https://elsewhere.example/", "/succession/answer/x", ""):
        assert await room.use.links.path(tenant_id=TENANT, user_id=OWNER, link=wrong) is None


async def test_each_attempt_to_mail_has_a_token_and_the_newest_hold() -> None:
    room = await _at(5)
    tokens = [await room.mailed(OWNER) for _ in range(DIGESTS_MAX + 1)]
    assert await room.use.links.look(tokens[0]) == DeadLink()
    for token in tokens[1:]:
        assert isinstance(await room.use.links.look(token), SuccessionLink)


async def test_a_dry_run_tells_the_owner_alone_unless_asked_and_changes_nothing() -> None:
    room = await _at(1)
    before = room.stored
    for to_trustees, told in ((False, 0), (True, 3)):
        steps = await room.use.dry_run(to_trustees=to_trustees, by=room.by())
        assert steps is not None
        assert len(room.told(TRUSTEES[0])) == told
    notices = [*room.told(OWNER), *room.told(TRUSTEES[0])]
    assert {one.kind for one in notices} == {"succession.dry_run"}
    assert {dict(one.detail)["dry_run"] for one in notices} == {"true"}
    assert [dict(one.detail)["state"] for one in room.told(OWNER)[:4]] == [
        "REMINDED",
        "CONTACT_PING",
        "GRACE",
        "RELEASED",
    ]
    assert (room.stored, room.links, room.latches()) == (before, [], [])


async def test_accounts_are_granted_by_role_once_a_release_is_final() -> None:
    room = SuccessionRoom()
    account = builders.account(tenant_id=TENANT)
    book = builders.book(account)
    room.database.books[account.id] = book
    await room.plan(access=(AccountAccess(trustee=TRUSTEES[0], account_id=account.id),))
    await room.run(9 * DAY)
    for trustee in TRUSTEES[:2]:
        await room.use.acts.confirm(trustee=trustee, by=room.by(trustee))
    await room.run(4 * DAY)
    assert room.is_in(S.RELEASED)
    assert room.database.members[TRUSTEES[0]].grants == {}
    status = await room.use.look(tenant_id=TENANT)
    assert [list(one.gets) for one in status.trustees] == [[account.id], [], []]
    await room.run(3 * DAY)
    member = room.database.members[TRUSTEES[0]]
    assert (member.role, dict(member.grants)) == (Role.TRUSTEE, {account.id: GrantLevel.ROLE})
    kinds = [one.kind for one in room.told(TRUSTEES[0])]
    assert kinds.count("succession.handed_over") == 1
    await room.run(timedelta(hours=12))
    assert [one.kind for one in room.told(TRUSTEES[0])] == kinds
