"""Opening a session over memory: every row that it stores, and everything that is told of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.geo_lookup import MemoryGeoLookup
from application.identity.login_memory import LoginMemory
from application.identity.login_try import LoginTry
from application.identity.open_session import NEVER, OpenedSession, OpenSession
from domain.audit.entry import NOBODY
from domain.identity.change import ChangeKind
from domain.identity.factors import FactorKind
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import LoginFailure, LoginFeatures, LoginRecord
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.place import Place
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session, SessionEnd, SessionLimits
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import EMAIL, NOW
from tests.unit.application.identity.room import HOUR, THERE, TRACE, Room

TOLD = Fingerprint(agent="firefox", platform="linux")
TOKYO = Place(lat=35.7, lon=139.7, label="Tokyo")
HOUR_OF_NOW = 15 + 4 / 60 + 5 / 3600
TRIED = LoginTry(
    email=EMAIL, password="right", visitor=THERE, trace_id=TRACE, lasting=True, fingerprint=TOLD
)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def opening(room: Room) -> OpenSession:
    geo_lookup = MemoryGeoLookup({"198.51.100.0/24": TOKYO})
    memory = LoginMemory(deps=room.deps, geo_lookup=geo_lookup)
    return replace(room.open, memory=memory)


async def opened(opening: OpenSession, room: Room, **given: object) -> OpenedSession:
    """Open a session of the owner, as one that is tried so."""
    # Fields by name: mypy cannot tell which is of what type.
    made = await opening(room.owner, replace(TRIED, **given))  # type: ignore[arg-type]
    assert made is not None
    return made


async def test_a_first_log_in_stores_a_session_a_device_and_a_refresh_token(
    room: Room, opening: OpenSession
) -> None:
    made = await opened(opening, room)
    assert made.refresh_token is not None
    assert made.device_token is not None
    (device,) = room.database.devices.values()
    assert device == Device(
        id=device.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        digest=digest_of(made.device_token),
        label="there",
        created_at=NOW,
        seen_at=NOW,
        fingerprint=TOLD,
    )
    (session,) = room.database.sessions.values()
    assert made.session == session
    assert session == Session(
        id=session.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        device_id=device.id,
        device_label="there",
        visitor=THERE,
        opened_at=NOW,
        authenticated_at=NOW,
        used_at=NOW,
        idle=timedelta(minutes=30),
        expires_at=NOW + 12 * HOUR,
    )
    assert list(room.database.refreshes.values()) == [
        RefreshToken(
            digest=digest_of(made.refresh_token),
            tenant_id=room.tenant.id,
            session_id=session.id,
            issued_at=NOW,
        )
    ]
    assert list(room.database.logins.values()) == [
        LoginRecord(
            id=session.id,
            tenant_id=room.tenant.id,
            user_id=room.owner.id,
            at=NOW,
            network="198.51.100.0/24",
            place=TOKYO,
            device_id=device.id,
            features=LoginFeatures(hour=HOUR_OF_NOW),
        )
    ]
    where = (
        ("device", "there"),
        ("ip", THERE.ip),
        ("place", "Tokyo"),
        ("session", str(session.id)),
    )
    assert [one.action for one in room.database.audit] == ["identity.login", "notice.new_device"]
    assert room.fresh()[1] == room.entry("notice.new_device", *where)
    assert room.database.identity_changes == []


async def test_a_scripts_session_has_no_device_and_no_refresh_token(
    room: Room, opening: OpenSession
) -> None:
    made = await opened(opening, room, lasting=False, device_label="cron")
    assert (made.refresh_token, made.device_token) == (None, None)
    assert (made.session.device_id, made.session.device_label) == (None, "cron")
    assert (room.database.devices, room.database.refreshes) == ({}, {})
    assert [one.action for one in room.fresh()] == ["identity.login"]
    (record,) = room.database.logins.values()
    assert record.device_id is None
    # All of a user's scripts are one device, that is not new the second time.
    room.clock.advance(60)
    await opened(opening, room, lasting=False)
    *_, record = room.database.logins.values()
    usual = LoginFeatures(hour=HOUR_OF_NOW + 1 / 60, distance_km=0.0, speed_kmh=0.0)
    assert record.features == usual
    # A device that is new is none of them.
    await opened(opening, room)
    *_, record = room.database.logins.values()
    assert record.features == replace(usual, new_device=True)


async def test_a_known_device_is_seen_again_and_keeps_its_name(
    room: Room, opening: OpenSession
) -> None:
    first = await opened(opening, room)
    (device,) = room.database.devices.values()
    room.fresh()
    room.clock.advance(60)
    other = Fingerprint(agent="safari")
    again = await opened(opening, room, device_token=first.device_token, fingerprint=other)
    assert again.device_token == first.device_token
    seen = replace(device, seen_at=room.clock.now(), fingerprint=other)
    assert room.database.devices == {device.id: seen}
    # It tells something else of itself than before, which is remembered of the log-in.
    assert room.database.logins[again.session.id].features.fingerprint_changed
    assert [one.action for one in room.fresh()] == ["identity.login"]
    same = await opened(opening, room, device_token=first.device_token, fingerprint=other)
    assert not room.database.logins[same.session.id].features.fingerprint_changed
    named = await opened(opening, room, device_token=first.device_token, device_label="Study")
    assert room.database.devices[device.id].label == named.session.device_label == "Study"


async def test_a_device_is_known_by_its_user_and_for_sessions_that_last(
    room: Room, opening: OpenSession
) -> None:
    theirs = room.device(user_id=room.user("ada@example.com").id, digest=digest_of("theirs"))
    own = room.device(digest=digest_of("x" * LENGTH_MAX))
    long = room.device(digest=digest_of("x" * (LENGTH_MAX + 1)))
    for token in ("theirs", "unknown", "x" * (LENGTH_MAX + 1)):
        made = await opened(opening, room, device_token=token)
        assert made.session.device_id not in {theirs.id, own.id, long.id}
    made = await opened(opening, room, device_token="x" * LENGTH_MAX)
    assert made.session.device_id == own.id
    script = await opened(opening, room, device_token="x" * LENGTH_MAX, lasting=False)
    assert script.session.device_id is None


@pytest.mark.parametrize(("factor", "learned"), [(None, False), (FactorKind.PASSKEY, True)])
async def test_a_strange_log_in_is_told_and_learned_only_where_a_factor_was_shown(
    room: Room, opening: OpenSession, factor: FactorKind | None, learned: bool
) -> None:
    async def work(scope: IdentityScope) -> OpenedSession:
        return await opening.within(
            scope,
            room.owner,
            tried=TRIED,
            at=NOW,
            known_at=NEVER,
            factor=factor,
            doubts=("odd", "far"),
        )

    made = await room.within(work)
    assert made.session.authenticated_at == NEVER
    assert room.database.logins[made.session.id].learned is learned
    shown = (("factor", "passkey"),) if factor is not None else ()
    detail = (
        ("device", "there"),
        ("session", str(made.session.id)),
        ("lasting", "true"),
        ("remember", "false"),
        ("method", "password"),
        *shown,
    )
    where = (
        ("device", "there"),
        ("ip", THERE.ip),
        ("place", "Tokyo"),
        ("session", str(made.session.id)),
    )
    assert room.fresh() == [
        room.entry("identity.login", *detail),
        room.entry("notice.new_device", *where),
        room.entry("notice.unusual_login", *where, ("reasons", "odd; far")),
    ]


async def test_who_has_a_factor_by_now_is_not_let_in_without_it(
    room: Room, opening: OpenSession
) -> None:
    lacking = room.kinds
    room.app(user_id=room.user("ada@example.com").id)
    assert await opening(room.owner, TRIED, lacking=lacking) is not None
    room.app()
    assert await opening(room.owner, TRIED, lacking=lacking) is None
    assert await opening(room.owner, TRIED) is not None


async def test_who_is_gone_disabled_or_has_another_password_by_now_is_not_let_in(
    room: Room, opening: OpenSession
) -> None:
    owner = room.owner
    for changed in (replace(owner, disabled_at=NOW), replace(owner, password_hash="other")):
        room.database.users[owner.id] = changed
        assert await opening(owner, TRIED, renewed_hash="newer") is None
        assert room.database.users[owner.id] == changed
    del room.database.users[owner.id]
    assert await opening(owner, TRIED) is None
    assert (room.database.sessions, room.fresh()) == ({}, [])


@pytest.mark.parametrize(("there", "ended"), [(1, 0), (2, 1), (4, 3)])
async def test_the_oldest_open_sessions_make_room_and_are_told(
    room: Room, opening: OpenSession, there: int, ended: int
) -> None:
    opening = replace(opening, deps=replace(room.deps, limits=SessionLimits(open_max=2)))
    room.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    room.session(expires_at=NOW)
    before = [room.session() for _ in range(there)]
    room.session(user_id=room.user("ada@example.com").id)
    made = await opened(opening, room)
    over = [one for one in room.database.sessions.values() if one.end is SessionEnd.CROWDED]
    assert over == [replace(one, ended_at=NOW, end=SessionEnd.CROWDED) for one in before[:ended]]
    told = [(one.kind, one.session_id, one.at) for one in room.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, NOW) for one in before[:ended]]
    assert room.database.sessions[made.session.id].ended_at is None


async def test_of_a_wrong_password_an_entry_and_a_failure_are_kept(
    room: Room, opening: OpenSession
) -> None:
    await opening.refused(room.owner, replace(TRIED, email="OWNER@Example.com"))
    (failure,) = room.database.login_failures.values()
    assert isinstance(failure.id, UUID)
    assert failure == LoginFailure(
        id=failure.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        at=NOW,
        network="198.51.100.0/24",
    )
    # SHA-256 of the address as it is compared.
    digest = ("email_digest", "c8cd3c6427301eaf")
    await opening.refused(None, replace(TRIED, email="owner@example.com"))
    assert len(room.database.login_failures) == 1
    known, unknown = room.fresh()
    assert known == room.entry("identity.login_failed", digest)
    assert unknown == replace(
        room.entry("identity.login_failed", digest, actor="unknown", subject="unknown"),
        tenant_id=NOBODY,
    )


async def test_a_log_in_is_compared_as_it_comes(room: Room, opening: OpenSession) -> None:
    first = await opened(opening, room)
    async with room.deps.transactions.begin() as scope:
        past = await scope.logins.habits(room.owner.id)
    device = room.database.devices[first.session.device_id or UUID(int=0)]
    compare = opening.memory.compared
    room.clock.advance(60)
    usual = LoginFeatures(hour=HOUR_OF_NOW + 1 / 60, distance_km=0.0, speed_kmh=0.0)
    known = compare(past, visitor=THERE, known=device, told=TOLD, lasting=True)
    assert known == usual
    changed = compare(past, visitor=THERE, known=device, told=None, lasting=True)
    assert changed == replace(usual, fingerprint_changed=True)
    for lasting in (True, False):
        new = compare(past, visitor=THERE, known=None, told=None, lasting=lasting)
        assert new == replace(usual, new_device=True)
    # A script is known again by being one.
    await opened(opening, room, lasting=False)
    async with room.deps.transactions.begin() as scope:
        past = await scope.logins.habits(room.owner.id)
    script = compare(past, visitor=THERE, known=None, told=None, lasting=False)
    assert not script.new_device
