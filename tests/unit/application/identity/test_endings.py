"""Ending sessions over memory: which ones, why, and what else is over with them."""

from dataclasses import replace
from uuid import UUID

import pytest

from adapters.memory.access import MemoryPersonalTokens
from adapters.memory.identity import MemoryPeople
from application.identity.deps import end_all, end_one
from application.identity.sessions import SessionNotFound, Sessions
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.factors import Challenge
from domain.identity.session import SessionEnd
from domain.identity.tenant import PrincipalKind, User
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.rig import HOUR, Rig
from tests.unit.application.identity.test_rights import TOKEN


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def sessions(rig: Rig) -> Sessions:
    return Sessions(
        deps=rig.deps,
        people=MemoryPeople(rig.link),
        personal=MemoryPersonalTokens(rig.link),
    )


def challenge(rig: Rig, user: User) -> Challenge:
    """Store an open challenge."""
    made = Challenge(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=user.id,
        digest=b"digest",
        created_at=NOW,
        expires_at=NOW + HOUR,
        lasting=True,
        remember=False,
        device_label="",
    )
    rig.database.challenges[made.id] = made
    return made


async def test_all_sessions_but_one_end_and_so_do_challenges(rig: Rig) -> None:
    other = rig.user("ada@example.com")
    own, kept, theirs = rig.session(), rig.session(), rig.session(user_id=other.id)
    before = rig.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    open_, others = challenge(rig, rig.owner), challenge(rig, other)
    rig.clock.advance(60)
    at = rig.clock.now()

    async def work(scope: IdentityScope) -> tuple[User, int]:
        return await end_all(scope, rig.owner, at=at, end=SessionEnd.PASSWORD, but=kept.id)

    assert await rig.within(work) == (replace(rig.owner, tokens_from=at), 1)
    assert list(rig.database.sessions.values()) == [
        replace(own, ended_at=at, end=SessionEnd.PASSWORD),
        kept,
        theirs,
        before,
    ]
    assert rig.database.challenges == {
        open_.id: replace(open_, used_at=at),
        others.id: others,
    }


async def test_one_that_ends_is_told_as_it_was(rig: Rig) -> None:
    session = rig.session()
    rig.clock.advance(60)
    at = rig.clock.now()

    async def work(scope: IdentityScope) -> IdentityChange:
        return await end_one(scope, session, at=at, end=SessionEnd.REVOKED)

    assert await rig.within(work) == IdentityChange(
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        session_id=session.id,
        kind=ChangeKind.SESSION_ENDED,
        at=at,
    )
    ended = replace(session, ended_at=at, end=SessionEnd.REVOKED)
    assert rig.database.sessions == {session.id: ended}


async def test_a_log_out_ends_its_own_session_and_a_revocation_the_one_named(
    rig: Rig, sessions: Sessions
) -> None:
    own, named, stays = rig.session(), rig.session(), rig.session()
    rig.clock.advance(60)
    at = rig.clock.now()
    asking = rig.asking(session_id=own.id)
    await sessions.logout(asking)
    await sessions.revoke(asking, session_id=named.id)
    assert list(rig.database.sessions.values()) == [
        replace(own, ended_at=at, end=SessionEnd.LOGOUT),
        replace(named, ended_at=at, end=SessionEnd.REVOKED),
        stays,
    ]
    device = ("device", "Desk")
    assert rig.fresh() == [
        rig.entry("session.logout", device, subject=own.id),
        rig.entry("session.revoke", device, subject=named.id),
    ]
    told = [(one.kind, one.session_id, one.at) for one in rig.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, at) for one in (own, named)]
    # What is over, another's or nobody's is not found.
    theirs = rig.session(user_id=rig.user("ada@example.com").id)
    for session_id in (named.id, theirs.id, UUID(int=9)):
        with pytest.raises(SessionNotFound, match=f"^no open session {session_id}$"):
            await sessions.revoke(asking, session_id=session_id)
    assert rig.fresh() == []


async def test_a_log_out_everywhere_voids_every_token_and_is_told_once(
    rig: Rig, sessions: Sessions
) -> None:
    for _ in range(3):
        rig.session()
    rig.session(ended_at=NOW, end=SessionEnd.CROWDED)
    rig.clock.advance(60)
    at = rig.clock.now()
    assert await sessions.logout_everywhere(rig.asking()) == 3
    assert rig.database.users[rig.owner.id] == replace(rig.owner, tokens_from=at)
    ends = [one.end for one in rig.database.sessions.values()]
    assert ends == [*[SessionEnd.LOGOUT] * 3, SessionEnd.CROWDED]
    told = rig.entry("session.logout_everywhere", ("sessions", "3"), subject=rig.owner.id)
    assert rig.fresh() == [told]
    (change,) = rig.database.identity_changes
    assert change == IdentityChange(
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        kind=ChangeKind.SESSIONS_ENDED,
        at=at,
        seq=change.seq,
    )
    assert await sessions.logout_everywhere(rig.asking(user_id=UUID(int=9))) == 0
    assert rig.fresh() == []


async def test_a_token_without_a_session_ends_itself(rig: Rig, sessions: Sessions) -> None:
    session = rig.session()
    asking = rig.asking()
    await sessions.logout(asking)
    assert rig.database.ended_tokens == {"token-1": asking.principal.expires_at}
    assert rig.fresh() == [rig.entry("token.end", subject="token-1")]
    (change,) = rig.database.identity_changes
    assert change == IdentityChange(
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        token_id="token-1",
        kind=ChangeKind.TOKEN_ENDED,
        at=NOW,
        seq=change.seq,
    )
    assert rig.database.sessions == {session.id: session}


async def test_a_personal_token_revokes_itself(rig: Rig, sessions: Sessions) -> None:
    token = replace(TOKEN, tenant_id=rig.tenant.id, member_id=rig.owner.id)
    rig.database.personal_tokens[token.id] = token
    asking = rig.asking(kind=PrincipalKind.TOKEN, token_id=str(token.id))
    rig.clock.advance(60)
    await sessions.logout(asking)
    revoked = replace(token, revoked_at=rig.clock.now())
    assert rig.database.personal_tokens == {token.id: revoked}
    assert rig.fresh() == [rig.entry("token.revoke", subject=token.id)]
    # Whoever remembers the token is told to look.
    assert rig.told.given == 1


async def test_open_sessions_are_listed_by_pages(rig: Rig, sessions: Sessions) -> None:
    one, two = rig.session(), rig.session()
    rig.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    lapsing = rig.session(expires_at=NOW + HOUR / 60)
    asking = rig.asking()
    assert await sessions.list(asking, limit=9) == [one, two, lapsing]
    assert await sessions.list(asking, limit=1) == [one]
    assert await sessions.list(asking, limit=9, after=one.id) == [two, lapsing]
    rig.clock.advance(60)
    assert await sessions.list(asking, limit=9) == [one, two]
