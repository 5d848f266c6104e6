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
from tests.unit.application.identity.room import HOUR, Room
from tests.unit.application.identity.test_rights import TOKEN


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def sessions(room: Room) -> Sessions:
    return Sessions(
        deps=room.deps,
        people=MemoryPeople(room.link),
        personal=MemoryPersonalTokens(room.link),
    )


def challenge(room: Room, user: User) -> Challenge:
    """Store an open challenge."""
    made = Challenge(
        id=room.ids.new(),
        tenant_id=room.tenant.id,
        user_id=user.id,
        digest=b"digest",
        created_at=NOW,
        expires_at=NOW + HOUR,
        lasting=True,
        remember=False,
        device_label="",
    )
    room.database.challenges[made.id] = made
    return made


async def test_all_sessions_but_one_end_and_so_do_challenges(room: Room) -> None:
    other = room.user("ada@example.com")
    own, kept, theirs = room.session(), room.session(), room.session(user_id=other.id)
    before = room.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    open_, others = challenge(room, room.owner), challenge(room, other)
    room.clock.advance(60)
    at = room.clock.now()

    async def work(scope: IdentityScope) -> tuple[User, int]:
        return await end_all(scope, room.owner, at=at, end=SessionEnd.PASSWORD, but=kept.id)

    assert await room.within(work) == (replace(room.owner, tokens_from=at), 1)
    assert list(room.database.sessions.values()) == [
        replace(own, ended_at=at, end=SessionEnd.PASSWORD),
        kept,
        theirs,
        before,
    ]
    assert room.database.challenges == {
        open_.id: replace(open_, used_at=at),
        others.id: others,
    }


async def test_one_that_ends_is_told_as_it_was(room: Room) -> None:
    session = room.session()
    room.clock.advance(60)
    at = room.clock.now()

    async def work(scope: IdentityScope) -> IdentityChange:
        return await end_one(scope, session, at=at, end=SessionEnd.REVOKED)

    assert await room.within(work) == IdentityChange(
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        session_id=session.id,
        kind=ChangeKind.SESSION_ENDED,
        at=at,
    )
    ended = replace(session, ended_at=at, end=SessionEnd.REVOKED)
    assert room.database.sessions == {session.id: ended}


async def test_a_log_out_ends_its_own_session_and_a_revocation_the_one_named(
    room: Room, sessions: Sessions
) -> None:
    own, named, stays = room.session(), room.session(), room.session()
    room.clock.advance(60)
    at = room.clock.now()
    asking = room.asking(session_id=own.id)
    await sessions.logout(asking)
    await sessions.revoke(asking, session_id=named.id)
    assert list(room.database.sessions.values()) == [
        replace(own, ended_at=at, end=SessionEnd.LOGOUT),
        replace(named, ended_at=at, end=SessionEnd.REVOKED),
        stays,
    ]
    device = ("device", "Desk")
    assert room.fresh() == [
        room.entry("session.logout", device, subject=own.id),
        room.entry("session.revoke", device, subject=named.id),
    ]
    told = [(one.kind, one.session_id, one.at) for one in room.database.identity_changes]
    assert told == [(ChangeKind.SESSION_ENDED, one.id, at) for one in (own, named)]
    # What is over, another's or nobody's is not found.
    theirs = room.session(user_id=room.user("ada@example.com").id)
    for session_id in (named.id, theirs.id, UUID(int=9)):
        with pytest.raises(SessionNotFound, match=f"^no open session {session_id}$"):
            await sessions.revoke(asking, session_id=session_id)
    assert room.fresh() == []


async def test_a_log_out_everywhere_voids_every_token_and_is_told_once(
    room: Room, sessions: Sessions
) -> None:
    for _ in range(3):
        room.session()
    room.session(ended_at=NOW, end=SessionEnd.CROWDED)
    room.clock.advance(60)
    at = room.clock.now()
    assert await sessions.logout_everywhere(room.asking()) == 3
    assert room.database.users[room.owner.id] == replace(room.owner, tokens_from=at)
    ends = [one.end for one in room.database.sessions.values()]
    assert ends == [*[SessionEnd.LOGOUT] * 3, SessionEnd.CROWDED]
    told = room.entry("session.logout_everywhere", ("sessions", "3"), subject=room.owner.id)
    assert room.fresh() == [told]
    (change,) = room.database.identity_changes
    assert change == IdentityChange(
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        kind=ChangeKind.SESSIONS_ENDED,
        at=at,
        seq=change.seq,
    )
    assert await sessions.logout_everywhere(room.asking(user_id=UUID(int=9))) == 0
    assert room.fresh() == []


async def test_a_token_without_a_session_ends_itself(room: Room, sessions: Sessions) -> None:
    session = room.session()
    asking = room.asking()
    await sessions.logout(asking)
    assert room.database.ended_tokens == {"token-1": asking.principal.expires_at}
    assert room.fresh() == [room.entry("token.end", subject="token-1")]
    (change,) = room.database.identity_changes
    assert change == IdentityChange(
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        token_id="token-1",
        kind=ChangeKind.TOKEN_ENDED,
        at=NOW,
        seq=change.seq,
    )
    assert room.database.sessions == {session.id: session}


async def test_a_personal_token_revokes_itself(room: Room, sessions: Sessions) -> None:
    token = replace(TOKEN, tenant_id=room.tenant.id, member_id=room.owner.id)
    room.database.personal_tokens[token.id] = token
    asking = room.asking(kind=PrincipalKind.TOKEN, token_id=str(token.id))
    room.clock.advance(60)
    await sessions.logout(asking)
    revoked = replace(token, revoked_at=room.clock.now())
    assert room.database.personal_tokens == {token.id: revoked}
    assert room.fresh() == [room.entry("token.revoke", subject=token.id)]
    # Whoever remembers the token is told to look.
    assert room.told.given == 1


async def test_open_sessions_are_listed_by_pages(room: Room, sessions: Sessions) -> None:
    one, two = room.session(), room.session()
    room.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    lapsing = room.session(expires_at=NOW + HOUR / 60)
    asking = room.asking()
    assert await sessions.list(asking, limit=9) == [one, two, lapsing]
    assert await sessions.list(asking, limit=1) == [one]
    assert await sessions.list(asking, limit=9, after=one.id) == [two, lapsing]
    room.clock.advance(60)
    assert await sessions.list(asking, limit=9) == [one, two]
