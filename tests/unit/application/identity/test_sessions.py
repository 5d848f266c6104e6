"""A user sees their sessions and ends them; what ended lets nobody in."""

import pytest

from application.identity.refresh import RefreshRefused
from application.identity.sessions import SessionNotFound
from domain.identity.change import ChangeKind
from domain.identity.session import SessionEnd
from tests import builders
from tests.unit.application.identity.door import Door


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def test_each_log_in_is_a_session_of_its_own(door: Door) -> None:
    here, there = await door.log_in(), await door.log_in()
    asking = await door.asking(here.issued)
    listed = await door.identity.sessions.list(asking, limit=9)
    assert [one.id for one in listed] == [here.refresh.session_id, there.refresh.session_id]
    assert {one.device_label for one in listed} == {"Desk"}
    assert listed[0].device_id != listed[1].device_id


async def test_a_log_in_ends_what_its_device_had_open_and_no_other(door: Door) -> None:
    first, elsewhere = await door.log_in(), await door.log_in()
    door.clock.advance(5)
    second = await door.log_in(device_token=first.refresh.device_token)
    assert second.refresh.device_token == first.refresh.device_token
    assert not await door.holds(first.issued.token)
    assert await door.holds(second.issued.token)
    assert await door.holds(elsewhere.issued.token)
    refused = await door.refresh(first.refresh.token, first.refresh.device_token)
    assert refused == RefreshRefused()
    # The refused one is no stolen one: the new session goes on.
    assert await door.holds(second.issued.token)
    assert await door.told() == [ChangeKind.SESSION_ENDED]
    async with door.storage.identity.begin() as scope:
        ended = await scope.sessions.get(first.refresh.session_id)
    assert ended is not None
    assert (ended.end, ended.ended_at) == (SessionEnd.REPLACED, door.clock.now())
    entries = [dict(one.detail) for one in await door.audits() if one.action == "identity.login"]
    session_id = str(first.refresh.session_id)
    assert [one.get("ended") for one in entries] == [None, None, session_id]


async def test_logging_out_ends_this_session_only(door: Door) -> None:
    here, there = await door.log_in(), await door.log_in()
    await door.identity.sessions.logout(await door.asking(here.issued))
    assert not await door.holds(here.issued.token)
    assert await door.holds(there.issued.token)
    refused = await door.refresh(here.refresh.token, here.refresh.device_token)
    assert refused == RefreshRefused()
    assert await door.told() == [ChangeKind.SESSION_ENDED]
    assert (await door.actions())[-1] == "session.logout"


async def test_one_session_is_revoked_by_its_user_and_no_one_else(door: Door) -> None:
    here, there = await door.log_in(), await door.log_in()
    asking = await door.asking(here.issued)
    await door.identity.sessions.revoke(asking, session_id=there.refresh.session_id)
    assert not await door.holds(there.issued.token)
    assert await door.holds(here.issued.token)
    for session_id in (there.refresh.session_id, builders.new_id()):
        with pytest.raises(SessionNotFound):
            await door.identity.sessions.revoke(asking, session_id=session_id)


async def test_logging_out_everywhere_ends_tokens_without_a_session_too(door: Door) -> None:
    here, there = await door.log_in(), await door.log_in()
    signed, _ = door.tokens.issue(user_id=door.user_id, tenant_id=door.tenant_id)
    assert await door.holds(signed)
    door.clock.advance(1)
    ended = await door.identity.sessions.logout_everywhere(await door.asking(here.issued))
    assert ended == 2
    for token in (here.issued.token, there.issued.token, signed):
        assert not await door.holds(token)
    door.clock.advance(1)
    later, _ = door.tokens.issue(user_id=door.user_id, tenant_id=door.tenant_id)
    assert await door.holds(later)
    assert await door.holds((await door.log_in()).issued.token)


async def test_a_token_without_a_session_can_be_ended_by_itself(door: Door) -> None:
    signed, principal = door.tokens.issue(user_id=door.user_id, tenant_id=door.tenant_id)
    other, _ = door.tokens.issue(user_id=door.user_id, tenant_id=door.tenant_id)
    visit = await door.log_in()
    asking = await door.asking(visit.issued)
    await door.identity.sessions.logout(type(asking)(principal=principal))
    assert not await door.holds(signed)
    assert await door.holds(other)
    assert await door.told() == [ChangeKind.TOKEN_ENDED]


async def test_the_oldest_session_makes_room_for_one_too_many(door: Door) -> None:
    visits = [await door.log_in() for _ in range(51)]
    assert not await door.holds(visits[0].issued.token)
    assert await door.holds(visits[1].issued.token)
    listed = await door.identity.sessions.list(await door.asking(visits[-1].issued), limit=99)
    assert len(listed) == 50
