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
from tests.unit.application.identity.rig import HOUR, Rig

DAYS = timedelta(days=30)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def devices(rig: Rig) -> Devices:
    return Devices(deps=rig.deps, trust_lasts=DAYS)


def stored(rig: Rig, device: Device) -> Device:
    return rig.database.devices[device.id]


async def test_devices_are_listed_by_pages_with_the_trust_that_holds(
    rig: Rig, devices: Devices
) -> None:
    until = NOW + HOUR
    plain, trusted, lapsed = (
        rig.device(digest=b"1"),
        rig.device(digest=b"2", trusted_at=NOW, trusted_until=until),
        rig.device(digest=b"3", trusted_at=NOW, trusted_until=NOW),
    )
    shown = [
        OwnDevice(device=plain),
        OwnDevice(device=trusted, trusted_until=until),
        OwnDevice(device=lapsed),
    ]
    asking = rig.asking()
    assert await devices.list(asking, limit=9) == shown
    assert await devices.list(asking, limit=2) == shown[:2]
    assert await devices.list(asking, limit=9, after=plain.id) == shown[1:]
    # All sessions were ended when it was trusted: that trust is over.
    rig.database.users[rig.owner.id] = replace(rig.owner, tokens_from=NOW)
    assert await devices.list(asking, limit=9) == [OwnDevice(device=one.device) for one in shown]
    # Of one who is no user any more they are shown as they are, without any trust.
    del rig.database.users[rig.owner.id]
    assert await devices.list(asking, limit=1) == [OwnDevice(device=plain)]
    assert await devices.list(asking, limit=9, after=lapsed.id) == []
    # A look is nothing that the feed would have to tell.
    assert rig.told.given == 0


async def test_a_device_is_named_and_keeps_its_trust(rig: Rig, devices: Devices) -> None:
    until = NOW + HOUR
    device = rig.device(trusted_at=NOW, trusted_until=until)
    named = await devices.label(rig.asking(), device_id=device.id, label="Study")
    assert stored(rig, device) == replace(device, label="Study")
    assert named == OwnDevice(device=stored(rig, device), trusted_until=until)
    detail = (("before", "Desk"), ("after", "Study"))
    assert rig.fresh() == [rig.entry("device.label", *detail, subject=device.id)]
    rig.database.users[rig.owner.id] = replace(rig.owner, tokens_from=NOW)
    named = await devices.label(rig.asking(), device_id=device.id, label="Attic")
    assert named.trusted_until is None


async def test_trust_lasts_from_now_on_and_is_written_down_with_its_end(
    rig: Rig, devices: Devices
) -> None:
    device = rig.device()
    rig.clock.advance(60)
    until = rig.clock.now() + DAYS
    trusted = await devices.trust(rig.asking(), device_id=device.id)
    assert stored(rig, device) == replace(device, trusted_at=rig.clock.now(), trusted_until=until)
    assert trusted == OwnDevice(device=stored(rig, device), trusted_until=until)
    told = rig.entry("device.trust", ("until", until.isoformat()), subject=device.id)
    assert rig.fresh() == [told]
    distrusted = await devices.distrust(rig.asking(), device_id=device.id)
    assert distrusted == OwnDevice(device=device)
    assert stored(rig, device) == device
    assert rig.fresh() == [rig.entry("device.distrust", subject=device.id)]


async def test_trust_in_the_moment_in_which_all_sessions_ended_does_not_hold(
    rig: Rig, devices: Devices
) -> None:
    device = rig.device()
    rig.database.users[rig.owner.id] = replace(rig.owner, tokens_from=rig.clock.now())
    trusted = await devices.trust(rig.asking(), device_id=device.id)
    assert trusted == OwnDevice(device=stored(rig, device))


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_only_a_person_trusts_a_device(
    rig: Rig, devices: Devices, kind: PrincipalKind
) -> None:
    device = rig.device()
    assert await devices.trust(rig.asking(kind=kind), device_id=device.id) == NeedsPerson()
    assert (stored(rig, device), rig.fresh()) == (device, [])


async def test_a_device_that_is_forgotten_takes_its_open_sessions_along(
    rig: Rig, devices: Devices
) -> None:
    device, other = rig.device(label="Old"), rig.device(digest=b"other")
    on_it = [rig.session(device_id=device.id) for _ in range(2)]
    rig.session(device_id=device.id, ended_at=NOW, end=SessionEnd.LOGOUT)
    stays, script = rig.session(device_id=other.id), rig.session()
    rig.clock.advance(60)
    at = rig.clock.now()
    assert await devices.remove(rig.asking(), device_id=device.id) == 2
    assert rig.database.devices == {other.id: other}
    for one in on_it:
        ended = replace(one, ended_at=at, end=SessionEnd.REVOKED)
        assert rig.database.sessions[one.id] == ended
    for one in (stays, script):
        assert rig.database.sessions[one.id] == one
    detail = (("label", "Old"), ("sessions", "2"))
    assert rig.fresh() == [rig.entry("device.remove", *detail, subject=device.id)]
    told = [(one.kind, one.session_id, one.at) for one in rig.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, at) for one in on_it]


async def test_what_is_no_device_of_ones_own_is_not_found(rig: Rig, devices: Devices) -> None:
    others = rig.device(user_id=rig.user("ada@example.com").id)
    asking = rig.asking()
    for device_id in (others.id, UUID(int=9)):
        said = f"^no device {device_id}$"
        with pytest.raises(DeviceNotFound, match=said):
            await devices.label(asking, device_id=device_id, label="Mine")
        for act in (devices.trust, devices.distrust, devices.remove):
            with pytest.raises(DeviceNotFound, match=said):
                await act(asking, device_id=device_id)
    gone = rig.asking(user_id=UUID(int=9))
    with pytest.raises(DeviceNotFound, match=f"^no device {others.id}$"):
        await devices.label(gone, device_id=others.id, label="Mine")
    assert (stored(rig, others), rig.fresh()) == (others, [])


async def test_trust_counts_from_the_first_factor_or_the_end_of_all_sessions(rig: Rig) -> None:
    async def since() -> datetime | None:
        owner = rig.database.users[rig.owner.id]
        return await rig.within(lambda scope: trust_from(scope, owner))

    assert await since() is None
    app = rig.app(confirmed_at=None)
    other = rig.user("ada@example.com")
    rig.app(user_id=other.id, confirmed_at=NOW + 9 * HOUR)
    assert await since() is None
    rig.database.totps[app.id] = replace(app, confirmed_at=NOW + 3 * HOUR)
    assert await since() == NOW + 3 * HOUR
    # The oldest of the factors counts, whatever it is.
    for number, created_at in enumerate((NOW + 2 * HOUR, NOW + 4 * HOUR)):
        key = Passkey(
            id=rig.ids.new(),
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
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
        rig.database.passkeys[key.id] = key
    assert await since() == NOW + 2 * HOUR
    rig.database.users[rig.owner.id] = replace(rig.owner, tokens_from=NOW + HOUR)
    assert await since() == NOW + 2 * HOUR
    rig.database.users[rig.owner.id] = replace(rig.owner, tokens_from=NOW + 5 * HOUR)
    assert await since() == NOW + 5 * HOUR


async def test_reading_a_notice_is_written_down_once(rig: Rig) -> None:
    notices = Notices(deps=rig.deps)
    one, two, three = (
        UserNotice(
            id=rig.ids.new(),
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
            kind=kind,
            at=NOW,
        )
        for kind in ("first", "second", "third")
    )
    rig.database.user_notices = {one.id: one, two.id: two, three.id: three}
    asking = rig.asking()
    assert await notices.list(asking, limit=9) == [three, two, one]
    assert await notices.list(asking, limit=2) == [three, two]
    assert await notices.list(asking, limit=9, after=two.id) == [one]
    rig.clock.advance(60)
    read = replace(two, read_at=rig.clock.now())
    assert await notices.read(asking, notice_id=two.id) == read
    assert rig.database.user_notices[two.id] == read
    assert rig.fresh() == [rig.entry("notice.read", ("kind", "second"), subject=two.id)]
    rig.clock.advance(60)
    assert await notices.read(asking, notice_id=two.id) == read
    assert rig.fresh() == []
    assert await notices.list(asking, limit=9, unread=True) == [three, one]
    other = rig.asking(user_id=rig.user("ada@example.com").id)
    assert await notices.list(other, limit=9) == []
    for who, notice_id in ((other, one.id), (asking, UUID(int=9))):
        with pytest.raises(NoticeNotFound, match=f"^no notice {notice_id}$"):
            await notices.read(who, notice_id=notice_id)
