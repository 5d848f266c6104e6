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
from tests.unit.application.identity.rig import HOUR, THERE, TRACE, Rig

TOLD = Fingerprint(agent="firefox", platform="linux")
TOKYO = Place(lat=35.7, lon=139.7, label="Tokyo")
HOUR_OF_NOW = 15 + 4 / 60 + 5 / 3600
TRIED = LoginTry(
    email=EMAIL, password="right", visitor=THERE, trace_id=TRACE, lasting=True, fingerprint=TOLD
)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def opening(rig: Rig) -> OpenSession:
    geo_lookup = MemoryGeoLookup({"198.51.100.0/24": TOKYO})
    memory = LoginMemory(deps=rig.deps, geo_lookup=geo_lookup)
    return replace(rig.open, memory=memory)


async def opened(opening: OpenSession, rig: Rig, **given: object) -> OpenedSession:
    """Open a session of the owner, as one that is tried so."""
    # Fields by name: mypy cannot tell which is of what type.
    made = await opening(rig.owner, replace(TRIED, **given))  # type: ignore[arg-type]
    assert made is not None
    return made


async def test_a_first_log_in_stores_a_session_a_device_and_a_refresh_token(
    rig: Rig, opening: OpenSession
) -> None:
    made = await opened(opening, rig)
    assert made.refresh_token is not None
    assert made.device_token is not None
    (device,) = rig.database.devices.values()
    assert device == Device(
        id=device.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        digest=digest_of(made.device_token),
        label="there",
        created_at=NOW,
        seen_at=NOW,
        fingerprint=TOLD,
    )
    (session,) = rig.database.sessions.values()
    assert made.session == session
    assert session == Session(
        id=session.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        device_id=device.id,
        device_label="there",
        visitor=THERE,
        opened_at=NOW,
        authenticated_at=NOW,
        used_at=NOW,
        idle=timedelta(minutes=30),
        expires_at=NOW + 12 * HOUR,
    )
    assert list(rig.database.refreshes.values()) == [
        RefreshToken(
            digest=digest_of(made.refresh_token),
            tenant_id=rig.tenant.id,
            session_id=session.id,
            issued_at=NOW,
        )
    ]
    assert list(rig.database.logins.values()) == [
        LoginRecord(
            id=session.id,
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
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
    assert [one.action for one in rig.database.audit] == ["identity.login", "notice.new_device"]
    assert rig.fresh()[1] == rig.entry("notice.new_device", *where)
    assert rig.database.identity_changes == []


async def test_a_scripts_session_has_no_device_and_no_refresh_token(
    rig: Rig, opening: OpenSession
) -> None:
    made = await opened(opening, rig, lasting=False, device_label="cron")
    assert (made.refresh_token, made.device_token) == (None, None)
    assert (made.session.device_id, made.session.device_label) == (None, "cron")
    assert (rig.database.devices, rig.database.refreshes) == ({}, {})
    assert [one.action for one in rig.fresh()] == ["identity.login"]
    (record,) = rig.database.logins.values()
    assert record.device_id is None
    # All of a user's scripts are one device, that is not new the second time.
    rig.clock.advance(60)
    await opened(opening, rig, lasting=False)
    *_, record = rig.database.logins.values()
    usual = LoginFeatures(hour=HOUR_OF_NOW + 1 / 60, distance_km=0.0, speed_kmh=0.0)
    assert record.features == usual
    # A device that is new is none of them.
    await opened(opening, rig)
    *_, record = rig.database.logins.values()
    assert record.features == replace(usual, new_device=True)


async def test_a_known_device_is_seen_again_and_keeps_its_name(
    rig: Rig, opening: OpenSession
) -> None:
    first = await opened(opening, rig)
    (device,) = rig.database.devices.values()
    rig.fresh()
    rig.clock.advance(60)
    other = Fingerprint(agent="safari")
    again = await opened(opening, rig, device_token=first.device_token, fingerprint=other)
    assert again.device_token == first.device_token
    seen = replace(device, seen_at=rig.clock.now(), fingerprint=other)
    assert rig.database.devices == {device.id: seen}
    # It tells something else of itself than before, which is remembered of the log-in.
    assert rig.database.logins[again.session.id].features.fingerprint_changed
    assert [one.action for one in rig.fresh()] == ["identity.login"]
    same = await opened(opening, rig, device_token=first.device_token, fingerprint=other)
    assert not rig.database.logins[same.session.id].features.fingerprint_changed
    named = await opened(opening, rig, device_token=first.device_token, device_label="Study")
    assert rig.database.devices[device.id].label == named.session.device_label == "Study"


async def test_a_device_is_known_by_its_user_and_for_sessions_that_last(
    rig: Rig, opening: OpenSession
) -> None:
    theirs = rig.device(user_id=rig.user("ada@example.com").id, digest=digest_of("theirs"))
    own = rig.device(digest=digest_of("x" * LENGTH_MAX))
    long = rig.device(digest=digest_of("x" * (LENGTH_MAX + 1)))
    for token in ("theirs", "unknown", "x" * (LENGTH_MAX + 1)):
        made = await opened(opening, rig, device_token=token)
        assert made.session.device_id not in {theirs.id, own.id, long.id}
    made = await opened(opening, rig, device_token="x" * LENGTH_MAX)
    assert made.session.device_id == own.id
    script = await opened(opening, rig, device_token="x" * LENGTH_MAX, lasting=False)
    assert script.session.device_id is None


@pytest.mark.parametrize(("factor", "learned"), [(None, False), (FactorKind.PASSKEY, True)])
async def test_a_strange_log_in_is_told_and_learned_only_where_a_factor_was_shown(
    rig: Rig, opening: OpenSession, factor: FactorKind | None, learned: bool
) -> None:
    async def work(scope: IdentityScope) -> OpenedSession:
        return await opening.within(
            scope,
            rig.owner,
            tried=TRIED,
            at=NOW,
            known_at=NEVER,
            factor=factor,
            doubts=("odd", "far"),
        )

    made = await rig.within(work)
    assert made.session.authenticated_at == NEVER
    assert rig.database.logins[made.session.id].learned is learned
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
    assert rig.fresh() == [
        rig.entry("identity.login", *detail),
        rig.entry("notice.new_device", *where),
        rig.entry("notice.unusual_login", *where, ("reasons", "odd; far")),
    ]


async def test_who_has_a_factor_by_now_is_not_let_in_without_it(
    rig: Rig, opening: OpenSession
) -> None:
    lacking = rig.kinds
    rig.app(user_id=rig.user("ada@example.com").id)
    assert await opening(rig.owner, TRIED, lacking=lacking) is not None
    rig.app()
    assert await opening(rig.owner, TRIED, lacking=lacking) is None
    assert await opening(rig.owner, TRIED) is not None


async def test_who_is_gone_disabled_or_has_another_password_by_now_is_not_let_in(
    rig: Rig, opening: OpenSession
) -> None:
    owner = rig.owner
    for changed in (replace(owner, disabled_at=NOW), replace(owner, password_hash="other")):
        rig.database.users[owner.id] = changed
        assert await opening(owner, TRIED, renewed_hash="newer") is None
        assert rig.database.users[owner.id] == changed
    del rig.database.users[owner.id]
    assert await opening(owner, TRIED) is None
    assert (rig.database.sessions, rig.fresh()) == ({}, [])


@pytest.mark.parametrize(("there", "ended"), [(1, 0), (2, 1), (4, 3)])
async def test_the_oldest_open_sessions_make_room_and_are_told(
    rig: Rig, opening: OpenSession, there: int, ended: int
) -> None:
    opening = replace(opening, deps=replace(rig.deps, limits=SessionLimits(open_max=2)))
    rig.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    rig.session(expires_at=NOW)
    before = [rig.session() for _ in range(there)]
    rig.session(user_id=rig.user("ada@example.com").id)
    made = await opened(opening, rig)
    over = [one for one in rig.database.sessions.values() if one.end is SessionEnd.CROWDED]
    assert over == [replace(one, ended_at=NOW, end=SessionEnd.CROWDED) for one in before[:ended]]
    told = [(one.kind, one.session_id, one.at) for one in rig.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, NOW) for one in before[:ended]]
    assert rig.database.sessions[made.session.id].ended_at is None


async def test_of_a_wrong_password_an_entry_and_a_failure_are_kept(
    rig: Rig, opening: OpenSession
) -> None:
    await opening.refused(rig.owner, replace(TRIED, email="OWNER@Example.com"))
    (failure,) = rig.database.login_failures.values()
    assert isinstance(failure.id, UUID)
    assert failure == LoginFailure(
        id=failure.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        at=NOW,
        network="198.51.100.0/24",
    )
    # SHA-256 of the address as it is compared.
    digest = ("email_digest", "c8cd3c6427301eaf")
    await opening.refused(None, replace(TRIED, email="owner@example.com"))
    assert len(rig.database.login_failures) == 1
    known, unknown = rig.fresh()
    assert known == rig.entry("identity.login_failed", digest)
    assert unknown == replace(
        rig.entry("identity.login_failed", digest, actor="unknown", subject="unknown"),
        tenant_id=NOBODY,
    )


async def test_a_log_in_is_compared_as_it_comes(rig: Rig, opening: OpenSession) -> None:
    first = await opened(opening, rig)
    async with rig.deps.transactions.begin() as scope:
        past = await scope.logins.habits(rig.owner.id)
    device = rig.database.devices[first.session.device_id or UUID(int=0)]
    compare = opening.memory.compared
    rig.clock.advance(60)
    usual = LoginFeatures(hour=HOUR_OF_NOW + 1 / 60, distance_km=0.0, speed_kmh=0.0)
    known = compare(past, visitor=THERE, known=device, told=TOLD, lasting=True)
    assert known == usual
    changed = compare(past, visitor=THERE, known=device, told=None, lasting=True)
    assert changed == replace(usual, fingerprint_changed=True)
    for lasting in (True, False):
        new = compare(past, visitor=THERE, known=None, told=None, lasting=lasting)
        assert new == replace(usual, new_device=True)
    # A script is known again by being one.
    await opened(opening, rig, lasting=False)
    async with rig.deps.transactions.begin() as scope:
        past = await scope.logins.habits(rig.owner.id)
    script = compare(past, visitor=THERE, known=None, told=None, lasting=False)
    assert not script.new_device
