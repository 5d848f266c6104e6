"""Users name, trust and forget their own devices: what is stored, shown and written down."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.devices import DeviceNotFound, Devices, OwnDevice
from application.identity.notices import NoticeNotFound, Notices
from application.identity.trust import trust_from
from domain.identity.change import ChangeKind
from domain.identity.notice import UserNotice
from domain.identity.passkey import Passkey
from domain.identity.session import Device, SessionEnd
from domain.identity.tenant import PrincipalKind
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.room import HOUR, Room

DAYS = timedelta(days=30)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def devices(room: Room) -> Devices:
    return Devices(deps=room.deps, trust_lasts=DAYS)


def stored(room: Room, device: Device) -> Device:
    return room.database.devices[device.id]


async def test_devices_are_listed_by_pages_with_the_trust_that_holds(
    room: Room, devices: Devices
) -> None:
    until = NOW + HOUR
    plain, trusted, lapsed = (
        room.device(digest=b"1"),
        room.device(digest=b"2", trusted_at=NOW, trusted_until=until),
        room.device(digest=b"3", trusted_at=NOW, trusted_until=NOW),
    )
    shown = [
        OwnDevice(device=plain),
        OwnDevice(device=trusted, trusted_until=until),
        OwnDevice(device=lapsed),
    ]
    asking = room.asking()
    assert await devices.list(asking, limit=9) == shown
    assert await devices.list(asking, limit=2) == shown[:2]
    assert await devices.list(asking, limit=9, after=plain.id) == shown[1:]
    # All sessions were ended when it was trusted: that trust is over.
    room.database.users[room.owner.id] = replace(room.owner, tokens_from=NOW)
    assert await devices.list(asking, limit=9) == [OwnDevice(device=one.device) for one in shown]
    # Of one who is no user any more they are shown as they are, without any trust.
    del room.database.users[room.owner.id]
    assert await devices.list(asking, limit=1) == [OwnDevice(device=plain)]
    assert await devices.list(asking, limit=9, after=lapsed.id) == []
    # A look is nothing that the feed would have to tell.
    assert room.told.given == 0


async def test_a_device_is_named_and_keeps_its_trust(room: Room, devices: Devices) -> None:
    until = NOW + HOUR
    device = room.device(trusted_at=NOW, trusted_until=until)
    named = await devices.label(room.asking(), device_id=device.id, label="Study")
    assert stored(room, device) == replace(device, label="Study")
    assert named == OwnDevice(device=stored(room, device), trusted_until=until)
    detail = (("before", "Desk"), ("after", "Study"))
    assert room.fresh() == [room.entry("device.label", *detail, subject=device.id)]
    room.database.users[room.owner.id] = replace(room.owner, tokens_from=NOW)
    named = await devices.label(room.asking(), device_id=device.id, label="Attic")
    assert named.trusted_until is None


async def test_trust_lasts_from_now_on_and_is_written_down_with_its_end(
    room: Room, devices: Devices
) -> None:
    device = room.device()
    room.clock.advance(60)
    until = room.clock.now() + DAYS
    trusted = await devices.trust(room.asking(), device_id=device.id)
    assert stored(room, device) == replace(device, trusted_at=room.clock.now(), trusted_until=until)
    assert trusted == OwnDevice(device=stored(room, device), trusted_until=until)
    told = room.entry("device.trust", ("until", until.isoformat()), subject=device.id)
    assert room.fresh() == [told]
    distrusted = await devices.distrust(room.asking(), device_id=device.id)
    assert distrusted == OwnDevice(device=device)
    assert stored(room, device) == device
    assert room.fresh() == [room.entry("device.distrust", subject=device.id)]


async def test_trust_in_the_moment_in_which_all_sessions_ended_does_not_hold(
    room: Room, devices: Devices
) -> None:
    device = room.device()
    room.database.users[room.owner.id] = replace(room.owner, tokens_from=room.clock.now())
    trusted = await devices.trust(room.asking(), device_id=device.id)
    assert trusted == OwnDevice(device=stored(room, device))


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_only_a_person_trusts_a_device(
    room: Room, devices: Devices, kind: PrincipalKind
) -> None:
    device = room.device()
    assert await devices.trust(room.asking(kind=kind), device_id=device.id) == NeedsPerson()
    assert (stored(room, device), room.fresh()) == (device, [])


async def test_a_device_that_is_forgotten_takes_its_open_sessions_along(
    room: Room, devices: Devices
) -> None:
    device, other = room.device(label="Old"), room.device(digest=b"other")
    on_it = [room.session(device_id=device.id) for _ in range(2)]
    room.session(device_id=device.id, ended_at=NOW, end=SessionEnd.LOGOUT)
    stays, script = room.session(device_id=other.id), room.session()
    room.clock.advance(60)
    at = room.clock.now()
    assert await devices.remove(room.asking(), device_id=device.id) == 2
    assert room.database.devices == {other.id: other}
    for one in on_it:
        ended = replace(one, ended_at=at, end=SessionEnd.REVOKED)
        assert room.database.sessions[one.id] == ended
    for one in (stays, script):
        assert room.database.sessions[one.id] == one
    detail = (("label", "Old"), ("sessions", "2"))
    assert room.fresh() == [room.entry("device.remove", *detail, subject=device.id)]
    told = [(one.kind, one.session_id, one.at) for one in room.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, at) for one in on_it]


async def test_what_is_no_device_of_ones_own_is_not_found(room: Room, devices: Devices) -> None:
    others = room.device(user_id=room.user("ada@example.com").id)
    asking = room.asking()
    for device_id in (others.id, UUID(int=9)):
        said = f"^no device {device_id}$"
        with pytest.raises(DeviceNotFound, match=said):
            await devices.label(asking, device_id=device_id, label="Mine")
        for act in (devices.trust, devices.distrust, devices.remove):
            with pytest.raises(DeviceNotFound, match=said):
                await act(asking, device_id=device_id)
    gone = room.asking(user_id=UUID(int=9))
    with pytest.raises(DeviceNotFound, match=f"^no device {others.id}$"):
        await devices.label(gone, device_id=others.id, label="Mine")
    assert (stored(room, others), room.fresh()) == (others, [])


async def test_trust_counts_from_the_first_factor_or_the_end_of_all_sessions(room: Room) -> None:
    async def since() -> datetime | None:
        owner = room.database.users[room.owner.id]
        return await room.within(lambda scope: trust_from(scope, owner))

    assert await since() is None
    app = room.app(confirmed_at=None)
    other = room.user("ada@example.com")
    room.app(user_id=other.id, confirmed_at=NOW + 9 * HOUR)
    assert await since() is None
    room.database.totps[app.id] = replace(app, confirmed_at=NOW + 3 * HOUR)
    assert await since() == NOW + 3 * HOUR
    # The oldest of the factors counts, whatever it is.
    for number, created_at in enumerate((NOW + 2 * HOUR, NOW + 4 * HOUR)):
        key = Passkey(
            id=room.ids.new(),
            tenant_id=room.tenant.id,
            user_id=room.owner.id,
            credential_id=bytes([number]),
            public_key=b"key",
            sign_count=0,
            transports=(),
            aaguid=UUID(int=0),
            backup_eligible=False,
            backed_up=False,
            label="Key",
            created_at=created_at,
        )
        room.database.passkeys[key.id] = key
    assert await since() == NOW + 2 * HOUR
    room.database.users[room.owner.id] = replace(room.owner, tokens_from=NOW + HOUR)
    assert await since() == NOW + 2 * HOUR
    room.database.users[room.owner.id] = replace(room.owner, tokens_from=NOW + 5 * HOUR)
    assert await since() == NOW + 5 * HOUR


async def test_reading_a_notice_is_written_down_once(room: Room) -> None:
    notices = Notices(deps=room.deps)
    one, two, three = (
        UserNotice(
            id=room.ids.new(),
            tenant_id=room.tenant.id,
            user_id=room.owner.id,
            kind=kind,
            at=NOW,
        )
        for kind in ("first", "second", "third")
    )
    room.database.user_notices = {one.id: one, two.id: two, three.id: three}
    asking = room.asking()
    assert await notices.list(asking, limit=9) == [three, two, one]
    assert await notices.list(asking, limit=2) == [three, two]
    assert await notices.list(asking, limit=9, after=two.id) == [one]
    room.clock.advance(60)
    read = replace(two, read_at=room.clock.now())
    assert await notices.read(asking, notice_id=two.id) == read
    assert room.database.user_notices[two.id] == read
    assert room.fresh() == [room.entry("notice.read", ("kind", "second"), subject=two.id)]
    room.clock.advance(60)
    assert await notices.read(asking, notice_id=two.id) == read
    assert room.fresh() == []
    assert await notices.list(asking, limit=9, unread=True) == [three, one]
    other = room.asking(user_id=room.user("ada@example.com").id)
    assert await notices.list(other, limit=9) == []
    for who, notice_id in ((other, one.id), (asking, UUID(int=9))):
        with pytest.raises(NoticeNotFound, match=f"^no notice {notice_id}$"):
            await notices.read(who, notice_id=notice_id)
