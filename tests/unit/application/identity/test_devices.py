"""A user names and forgets their own devices, and reads what they are told of new ones."""

from dataclasses import replace
from uuid import UUID

import pytest

from application.identity.notices import NoticeNotFound
from domain.identity.change import ChangeKind
from domain.identity.notice import NEW_DEVICE
from domain.identity.session import SessionEnd
from tests.unit.application.identity.door import Door


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def test_a_new_device_is_told_once_and_a_known_one_is_not(door: Door) -> None:
    first = await door.log_in()
    known = await door.log_in(device_token=first.refresh.device_token)
    asking = await door.asking(known.issued)
    [notice] = await door.identity.notices.list(asking, limit=9)
    assert (notice.kind, notice.at, notice.read_at) == (NEW_DEVICE, door.clock.now(), None)
    assert notice.detail == (
        ("device", "Desk"),
        ("ip", "192.0.2.1"),
        ("place", ""),
        ("session", str(first.refresh.session_id)),
    )
    assert (await door.actions()).count("notice.new_device") == 1
    told = next(one for one in await door.audits() if one.action == "notice.new_device")
    assert told.detail == (("notice", str(notice.id)), *notice.detail)
    # A script has no device.
    await door.try_()
    assert len(await door.identity.notices.list(asking, limit=9)) == 1


async def test_a_notice_is_read_once_by_its_user(door: Door) -> None:
    visit = await door.log_in()
    asking = await door.asking(visit.issued)
    [notice] = await door.identity.notices.list(asking, limit=9, unread=True)
    door.clock.advance(60)
    read = await door.identity.notices.read(asking, notice_id=notice.id)
    assert read == replace(notice, read_at=door.clock.now())
    door.clock.advance(60)
    assert await door.identity.notices.read(asking, notice_id=notice.id) == read
    assert (await door.actions()).count("notice.read") == 1
    assert list(await door.identity.notices.list(asking, limit=9, unread=True)) == []
    assert list(await door.identity.notices.list(asking, limit=9)) == [read]
    other = replace(asking, principal=replace(asking.principal, user_id=UUID(int=9)))
    assert list(await door.identity.notices.list(other, limit=9)) == []
    for who, notice_id in ((other, notice.id), (asking, UUID(int=9))):
        with pytest.raises(NoticeNotFound):
            await door.identity.notices.read(who, notice_id=notice_id)


async def test_a_device_that_is_forgotten_ends_its_sessions_and_is_a_stranger(door: Door) -> None:
    gone, stays = await door.log_in(), await door.log_in()
    again = await door.log_in(device_token=gone.refresh.device_token)
    asking = await door.asking(stays.issued)
    first, second = await door.identity.devices.list(asking, limit=9)
    assert await door.identity.devices.remove(asking, device_id=first.device.id) == 1
    assert await door.told() == [ChangeKind.SESSION_ENDED, ChangeKind.SESSION_ENDED]
    async with door.storage.identity.begin() as scope:
        for visit, end in ((gone, SessionEnd.REPLACED), (again, SessionEnd.REVOKED)):
            session = await scope.sessions.get(visit.refresh.session_id)
            assert session is not None
            assert (session.end, session.ended_at) == (end, door.clock.now())
        past = await scope.logins.past(door.user_id)
        kept = await scope.sessions.get(stays.refresh.session_id)
    assert [one.device_id for one in past.logins] == [second.device.id]
    assert kept is not None
    assert kept.ended_at is None
    assert list(await door.identity.devices.list(asking, limit=9)) == [second]
    entry = (await door.audits())[-1]
    assert (entry.action, entry.subject) == ("device.remove", str(first.device.id))
    assert entry.detail == (("label", "Desk"), ("sessions", "1"))
    new = await door.log_in(device_token=gone.refresh.device_token)
    assert new.refresh.device_token != gone.refresh.device_token


async def test_a_device_keeps_the_name_that_its_user_gives(door: Door) -> None:
    visit = await door.log_in()
    asking = await door.asking(visit.issued)
    [own] = await door.identity.devices.list(asking, limit=9)
    named = await door.identity.devices.label(asking, device_id=own.device.id, label="Study")
    assert named.device == replace(own.device, label="Study")
    assert list(await door.identity.devices.list(asking, limit=9)) == [named]
    assert list(await door.identity.devices.list(asking, limit=9, after=own.device.id)) == []
    entry = (await door.audits())[-1]
    assert (entry.action, entry.detail) == (
        "device.label",
        (("before", "Desk"), ("after", "Study")),
    )
