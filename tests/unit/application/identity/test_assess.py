"""What a log-in has to show depends on its device and on those before it; nobody is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.geo_lookup import MemoryGeoLookup
from adapters.memory.login_anomaly import RulesAlone
from application.identity.access_commands import NeedsPerson
from application.identity.assess import Assess
from application.identity.devices import DeviceNotFound, OwnDevice
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.identity.open_session import NEVER
from bootstrap.identity.logins import LoginParts
from bootstrap.settings.devices import DeviceSettings
from domain.identity.demand import ALWAYS, Demand
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import LoginFeatures, LoginRecord
from domain.identity.login_risk import LOGINS_MIN, STRANGER, TRAVEL, UNJUDGED, UNUSUAL
from domain.identity.notice import NEW_DEVICE, UNUSUAL_LOGIN
from domain.identity.place import Place
from domain.identity.session import Device, Visitor
from domain.identity.tenant import PrincipalKind, User
from ports.login_anomaly import ReadPast, Unscored
from ports.storage import StorageUnavailable
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door, Visit

AWAY = Visitor(ip="198.51.100.7", user_agent="agent")
TOLD = Fingerprint(agent="firefox", platform="linux")
PLACES = MemoryGeoLookup(
    {"192.0.2.0/24": Place(lat=52.52, lon=13.405), "198.51.100.0/24": Place(lat=35.7, lon=139.7)}
)


class NoGeoLookup(MemoryGeoLookup):
    """Places that are read at the start."""

    def start(self) -> None:
        """There is nothing to read."""


@dataclass(slots=True)
class Scripted:
    """A score that the test sets, and what it was asked with."""

    says: float | Exception | None = None
    asked: list[Sequence[LoginRecord]] = field(default_factory=list)

    async def score(
        self, *, user_id: UUID, newest: Sequence[UUID], past: ReadPast, now: LoginFeatures
    ) -> float | None:
        """Say it."""
        self.asked.append(await past())
        assert [one.id for one in self.asked[-1]][-len(newest) :] == list(newest)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def door_with(
    anomaly: Scripted | None = None, *, geo_lookup: MemoryGeoLookup | None = None
) -> Door:
    """Return a door whose log-ins are scored so."""
    known = NoGeoLookup((geo_lookup or MemoryGeoLookup()).geo_lookup)
    logins = LoginParts(
        settings=DeviceSettings(), geo_lookup=known, anomaly=anomaly or RulesAlone()
    )
    return Door(logins=logins)


async def log_in(door: Door, *, visitor: Visitor = HOME, **given: Any) -> Visit:
    """Open a session that lasts, from somewhere."""
    tried = LoginTry(email=EMAIL, password=PASSWORD, visitor=visitor, lasting=True, **given)
    issued = await door.identity.login(tried)
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    return Visit(issued=issued, refresh=issued.refresh)


async def demand(
    door: Door, *, device_token: str | None = None, visitor: Visitor = HOME, **given: Any
) -> Demand:
    """Ask what a log-in would have to show."""
    user = await door.storage.users.find(user_id=door.user_id)
    assert user is not None
    tried = LoginTry(
        email=EMAIL,
        password=PASSWORD,
        visitor=visitor,
        lasting=True,
        device_token=device_token,
        **given,
    )
    login = door.identity.logging_in
    return await login.demand(user, tried, await login._known_device(tried, [user]))


async def device_of(door: Door, visit: Visit) -> Device:
    """Return the device that a session is on."""
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(visit.refresh.session_id)
        assert session is not None
        assert session.device_id is not None
        device = await scope.devices.get(session.device_id)
    assert device is not None
    return device


async def trust(door: Door, visit: Visit) -> OwnDevice:
    """Trust the device that a session is on."""
    device = await device_of(door, visit)
    asking = await door.asking(visit.issued)
    trusted = await door.identity.devices.trust(asking, device_id=device.id)
    assert isinstance(trusted, OwnDevice)
    return trusted


async def notices(door: Door, visit: Visit) -> list[str]:
    """Return the kinds of what the user was told, oldest first."""
    asking = await door.asking(visit.issued)
    return [one.kind for one in await door.identity.notices.list(asking, limit=99)][::-1]


async def test_a_trusted_device_is_not_asked_until_its_trust_lapses() -> None:
    door = await door_with().furnish()
    visit = await log_in(door)
    token = visit.refresh.device_token
    assert await demand(door, device_token=token) == ALWAYS
    trusted = await trust(door, visit)
    assert trusted.trusted_until == door.clock.now() + timedelta(days=30)
    assert await demand(door, device_token=token) == Demand(second_factor=False)
    assert await demand(door) == ALWAYS
    door.clock.advance(30 * 86_400 - 1)
    assert await demand(door, device_token=token) == Demand(second_factor=False)
    door.clock.advance(1)
    assert await demand(door, device_token=token) == ALWAYS


async def test_trust_ends_when_it_is_taken_back_or_all_sessions_are_ended() -> None:
    door = await door_with().furnish()
    visit = await log_in(door)
    token, device = visit.refresh.device_token, await device_of(door, visit)
    await trust(door, visit)
    asking = await door.asking(visit.issued)
    plain = await door.identity.devices.distrust(asking, device_id=device.id)
    assert plain.trusted_until is None
    assert await demand(door, device_token=token) == ALWAYS
    await trust(door, visit)
    door.clock.advance(1)
    await door.identity.sessions.logout_everywhere(asking)
    assert await demand(door, device_token=token) == ALWAYS
    [shown] = await door.identity.devices.list(asking, limit=9)
    assert shown.trusted_until is None


async def test_a_trusted_device_that_changed_is_asked() -> None:
    door = await door_with().furnish()
    visit = await log_in(door, fingerprint=TOLD)
    token = visit.refresh.device_token
    await trust(door, visit)
    assert (await demand(door, device_token=token, fingerprint=TOLD)).second_factor is False
    other = Fingerprint(agent="safari", platform="ios")
    assert await demand(door, device_token=token, fingerprint=other) == ALWAYS
    assert await demand(door, device_token=token) == ALWAYS


async def test_a_token_cannot_trust_a_device_and_nobody_anothers() -> None:
    door = await door_with().furnish()
    visit = await log_in(door)
    device, asking = await device_of(door, visit), await door.asking(visit.issued)
    script = replace(asking, principal=replace(asking.principal, kind=PrincipalKind.TOKEN))
    assert await door.identity.devices.trust(script, device_id=device.id) == NeedsPerson()
    other = replace(asking, principal=replace(asking.principal, user_id=UUID(int=9)))
    devices = door.identity.devices
    for work in (
        devices.trust(other, device_id=device.id),
        devices.distrust(other, device_id=device.id),
        devices.label(other, device_id=device.id, label="Mine"),
        devices.remove(other, device_id=device.id),
        devices.trust(asking, device_id=UUID(int=9)),
    ):
        with pytest.raises(DeviceNotFound):
            await work
    assert await device_of(door, visit) == device
    assert "device.trust" not in await door.actions()


async def test_travel_that_nobody_makes_is_strange() -> None:
    door = await door_with(geo_lookup=PLACES).furnish()
    visit = await log_in(door)
    await trust(door, visit)
    door.clock.advance(3_600)
    token = visit.refresh.device_token
    asked = await demand(door, device_token=token, visitor=AWAY)
    assert asked == Demand(unconfirmed=True, reasons=(TRAVEL,))
    door.clock.advance(86_400)
    assert not (await demand(door, device_token=token, visitor=AWAY)).second_factor


async def test_the_first_log_in_is_not_strange_and_a_strangers_is_not_learned() -> None:
    door = await door_with().furnish()
    first = await log_in(door)
    assert first.issued.principal.authenticated_at == door.clock.now()
    door.clock.advance(60)
    strange = await log_in(door, visitor=AWAY)
    assert strange.issued.principal.authenticated_at == NEVER
    assert await notices(door, first) == [NEW_DEVICE, NEW_DEVICE, UNUSUAL_LOGIN]
    # It has a device's token now, and is as strange as before.
    token = strange.refresh.device_token
    again = await demand(door, device_token=token, visitor=AWAY)
    assert again == Demand(unconfirmed=True, reasons=(STRANGER,))


async def test_a_strange_log_in_is_learned_once_it_is_confirmed() -> None:
    door = await door_with().furnish()
    await log_in(door)
    door.clock.advance(60)
    strange = await log_in(door, visitor=AWAY)
    asking = await door.asking(strange.issued)
    renewed = await door.identity.step_up.by_password(asking, password=PASSWORD)
    assert isinstance(renewed, IssuedToken)
    assert renewed.principal.authenticated_at == door.clock.now()
    token = strange.refresh.device_token
    assert await demand(door, device_token=token, visitor=AWAY) == ALWAYS


async def test_the_score_is_asked_from_twenty_log_ins_on_and_decides_at_its_threshold() -> None:
    scripted = Scripted(says=0.55)
    door = await door_with(scripted).furnish()
    visit = await log_in(door)
    token = visit.refresh.device_token
    for _ in range(LOGINS_MIN - 1):
        assert scripted.asked == []
        await log_in(door, device_token=token)
        door.clock.advance(3_600)
    # The last of them was the twentieth: the next one is compared with all.
    asked = await demand(door, device_token=token)
    assert asked == Demand(unconfirmed=True, reasons=(UNUSUAL,))
    assert [len(one) for one in scripted.asked] == [LOGINS_MIN]
    scripted.says = 0.549
    assert await demand(door, device_token=token) == ALWAYS
    scripted.says = None
    assert await demand(door, device_token=token) == ALWAYS
    await trust(door, await log_in(door, device_token=token))
    assert await demand(door, device_token=token) == Demand(second_factor=False)
    scripted.says = 0.9
    assert (await demand(door, device_token=token)).second_factor


async def test_what_cannot_be_scored_is_asked_for_the_second_factor() -> None:
    scripted = Scripted(says=Unscored("x"))
    door = await door_with(scripted).furnish()
    visit = await log_in(door)
    await trust(door, visit)
    token = visit.refresh.device_token
    for _ in range(LOGINS_MIN - 1):
        await log_in(door, device_token=token)
    assert await demand(door, device_token=token) == Demand(reasons=(UNJUDGED,))
    # Nor is anybody refused, or their session less than others.
    later = await log_in(door, device_token=token)
    assert later.issued.principal.authenticated_at == door.clock.now()
    assert UNUSUAL_LOGIN not in await notices(door, later)


async def test_what_the_rules_call_strange_is_so_where_no_score_comes() -> None:
    scripted = Scripted()
    door = await door_with(scripted, geo_lookup=PLACES).furnish()
    visit = await log_in(door)
    for _ in range(LOGINS_MIN - 1):
        await log_in(door, device_token=visit.refresh.device_token)
    # Whoever asks often enough keeps the score from coming.
    scripted.says = Unscored("too many wait")
    thief = await log_in(door, visitor=AWAY)
    assert thief.issued.principal.authenticated_at == NEVER
    assert UNUSUAL_LOGIN in await notices(door, thief)
    asked = await demand(door, visitor=AWAY)
    assert asked == Demand(unconfirmed=True, reasons=(TRAVEL, STRANGER))


async def test_without_storage_the_second_factor_is_asked() -> None:
    door = await door_with().furnish()
    visit = await log_in(door)
    await trust(door, visit)
    device, user = await device_of(door, visit), await door.storage.users.find(user_id=door.user_id)
    assert user is not None

    class Away:
        async def known_by(self, user: User) -> object:
            raise StorageUnavailable("away")

    gone: Any = Away()
    assess = Assess(
        memory=door.identity.logging_in.open.memory,
        people=gone,
        anomaly=RulesAlone(),
        strange_from=0.5,
    )
    tried = LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME, lasting=True)
    assert await assess(user, tried, device) == Demand(reasons=(UNJUDGED,))


async def test_wrong_passwords_are_remembered_of_users_only() -> None:
    door = await door_with().furnish()
    await log_in(door)
    for _ in range(5):
        door.clock.advance(60)
        await door.try_("a guess")
        await door.try_("a guess", email="nobody@example.com")
    async with door.storage.identity.begin() as scope:
        past = await scope.logins.past(door.user_id)
    assert len(past.failed) == 5
    door.clock.advance(60)
    asked = await demand(door)
    assert asked.unconfirmed
    assert asked.reasons == ("a new device after several wrong passwords",)


@pytest.mark.parametrize("lasting", [True, False])
async def test_every_log_in_is_remembered_with_what_it_was_like(lasting: bool) -> None:
    door = await door_with(geo_lookup=PLACES).furnish()
    tried = LoginTry(
        email=EMAIL, password=PASSWORD, visitor=HOME, lasting=lasting, device_label="Desk"
    )
    issued = await door.identity.login(tried)
    assert isinstance(issued, IssuedToken)
    async with door.storage.identity.begin() as scope:
        [kept] = (await scope.logins.past(door.user_id)).logins
    assert kept.id == issued.principal.session_id
    assert (kept.at, kept.network, kept.learned) == (door.clock.now(), "192.0.2.0/24", True)
    assert kept.place == PLACES.place(HOME.ip)
    assert (kept.device_id is not None) is lasting
