"""The feed is followed through outages, and whoever is remembered is forgotten in time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from application.identity.authenticate import Authenticate
from application.identity.follow_changes import POLL_S, TRUSTED_S, FollowChanges
from application.identity.rights import Rights
from domain.identity.access import Role
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.member import Member, MemberKind
from domain.identity.tenant import Principal
from ports.identity import InvalidToken
from ports.storage import StorageUnavailable
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.rig import Rig
from tests.unit.application.identity.test_rights import SECRET, TOKEN

CHANGE = IdentityChange(
    tenant_id=UUID(int=1), user_id=UUID(int=2), kind=ChangeKind.SESSION_ENDED, at=NOW
)


class Feed:
    """Changes by number; can be away (port IdentityFeed)."""

    def __init__(self) -> None:
        self.changes: list[IdentityChange] = []
        self.asked: list[tuple[int, int]] = []
        self.away = 0

    async def end(self) -> int:
        """Return the number of the last."""
        if self.away:
            self.away -= 1
            raise StorageUnavailable("away")
        return len(self.changes)

    async def since(self, seq: int, *, limit: int) -> Sequence[IdentityChange]:
        """Return those behind a number."""
        self.asked.append((seq, limit))
        return self.changes[seq:][:limit]

    def add(self, count: int = 1) -> None:
        """Let something change."""
        for _ in range(count):
            self.changes.append(replace(CHANGE, seq=len(self.changes) + 1))


class Recorder:
    """Notes what it is told (port IdentitySubscriber)."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.forgot = 0

    def changed(self, change: IdentityChange) -> None:
        """Note it."""
        self.seqs.append(change.seq)

    def forget(self) -> None:
        """Note it."""
        self.forgot += 1


class Pauses:
    """Notes how long is slept and waited, and stops after so many (ports Sleeper, Wakeup)."""

    def __init__(self, stop_after: int) -> None:
        self.taken: list[tuple[str, float]] = []
        self.stop_after = stop_after

    async def sleep(self, seconds: float) -> None:
        """Note it."""
        self._take("sleep", seconds)

    async def wait(self, *, timeout_s: float) -> None:
        """Note it."""
        self._take("wait", timeout_s)

    def set(self) -> None:
        """Hint."""

    def _take(self, how: str, seconds: float) -> None:
        self.taken.append((how, seconds))
        if len(self.taken) == self.stop_after:
            raise asyncio.CancelledError


def follower(rig: Rig, feed: Feed, *, pauses: Pauses, heard: Sequence[Recorder]) -> FollowChanges:
    return FollowChanges(
        feed=feed, clock=rig.clock, sleeper=pauses, wakeup=pauses, subscribers=list(heard)
    )


async def test_an_outage_is_slept_through_and_a_full_page_is_read_on_at_once() -> None:
    rig, feed, pauses, heard = Rig(), Feed(), Pauses(4), Recorder()
    feed.away = 2
    follow = follower(rig, feed, pauses=pauses, heard=[heard])

    class Adding(Pauses):
        """Lets more change than one page holds, at the first wait."""

        def _take(self, how: str, seconds: float) -> None:
            if how == "wait" and not feed.changes:
                feed.add(1_001)
            super()._take(how, seconds)

    pauses = Adding(4)
    follow = replace(follow, sleeper=pauses, wakeup=pauses)
    with pytest.raises(asyncio.CancelledError):
        await follow.run()
    assert pauses.taken == [("sleep", 0.2), ("sleep", 0.2), ("wait", 0.2), ("wait", 0.2)]
    assert feed.asked == [(0, 500), (500, 500), (1_000, 500)]
    assert (heard.seqs, heard.forgot) == (list(range(1, 1_002)), 1)
    assert (POLL_S, TRUSTED_S) == (0.2, 1.0)


async def test_what_is_remembered_counts_for_a_second_from_the_last_whole_look() -> None:
    rig, feed, first, second = Rig(), Feed(), Recorder(), Recorder()
    follow = follower(rig, feed, pauses=Pauses(1), heard=[first])
    follow.subscribe(second)
    assert not follow.is_current()
    feed.add(3)
    assert await follow.read() is False
    # What was before is not told: everything is forgotten instead.
    assert (first.seqs, first.forgot, second.forgot) == ([], 1, 1)
    rig.clock.advance(0.5)
    feed.add()
    assert await follow.read() is False
    assert (first.seqs, second.seqs) == ([4], [4])
    rig.clock.advance(0.5)
    assert follow.is_current()
    # A full page may not be all there is: it proves nothing of now.
    feed.add(500)
    assert await follow.read() is True
    rig.clock.advance(0.499)
    assert follow.is_current()
    rig.clock.advance(0.001)
    assert not follow.is_current()
    # After a gap everything is forgotten, and what came in it is not told one by one.
    feed.add()
    assert await follow.read() is False
    assert (first.forgot, first.seqs[-1], second.seqs == first.seqs) == (2, 504, True)
    assert follow.is_current()


class CredentialStatus:
    """Says who holds; something may happen while it is asked (part of port Standings)."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.holding = True
        self.beside: Callable[[], None] = lambda: None

    async def holds(self, principal: Principal) -> bool:
        """Say it."""
        self.asked.append(principal.token_id)
        self.beside()
        return self.holding


class Gate:
    """Who comes in, remembered for as many as two tokens."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.credential_status = CredentialStatus()
        self.current = True
        rights = Rights(
            members=MemoryMembers(self.rig.link),
            tokens=MemoryPersonalTokens(self.rig.link),
            clock=self.rig.clock,
            is_current=lambda: self.current,
        )
        # All of the port that these tests come to.
        credential_status: Any = self.credential_status
        self.authenticate = Authenticate(
            tokens=self.rig.tokens,
            credential_status=credential_status,
            rights=rights,
            is_current=lambda: self.current,
            kept_max=2,
        )
        self.rights = rights

    def token(self, name: str) -> str:
        """Return a token of a new member of that name."""
        user = self.rig.user(f"{name}@example.com")
        self.rig.database.members[user.id] = Member(
            id=user.id,
            tenant_id=user.tenant_id,
            kind=MemberKind.PERSON,
            role=Role.VIEWER,
            name=name,
            created_at=NOW,
        )
        return self.rig.tokens.issue(user_id=user.id, tenant_id=user.tenant_id)[0]

    async def asked_for(self, *tokens: str) -> list[bool]:
        """Come in with tokens, and tell for which of them storage was asked."""
        found = []
        for one in tokens:
            before = len(self.credential_status.asked)
            await self.authenticate(one)
            found.append(len(self.credential_status.asked) > before)
        return found


async def test_who_is_remembered_is_handed_out_as_they_are_until_their_rights_change() -> None:
    gate = Gate()
    token = gate.token("ada")
    first = await gate.authenticate(token)
    assert await gate.authenticate(token) is first
    # Their rights are read again, and the standing of the token is not.
    gate.rights.drop(first.user_id)
    again = await gate.authenticate(token)
    assert (again, again is first, len(gate.credential_status.asked)) == (first, False, 1)


async def test_the_oldest_of_the_tokens_is_forgotten_for_one_too_many() -> None:
    gate = Gate()
    one, two, three = gate.token("one"), gate.token("two"), gate.token("three")
    assert await gate.asked_for(one, two, one, two) == [True, True, False, False]
    assert await gate.asked_for(three, two, three, one) == [True, False, False, True]
    kept = gate.authenticate._of_user
    assert sum(len(tokens) for tokens in kept.values()) == len(kept) == 2


async def test_two_tokens_of_one_user_are_forgotten_one_by_one_and_together() -> None:
    gate = Gate()
    one = gate.token("ada")
    (user,) = [one for one in gate.rig.database.users.values() if one.email.startswith("ada")]
    tokens = [gate.rig.tokens.issue(user_id=user.id, tenant_id=user.tenant_id)[0] for _ in "ab"]
    await gate.asked_for(one, *tokens)
    assert {len(tokens) for tokens in gate.authenticate._of_user.values()} == {2}
    assert await gate.asked_for(*tokens) == [False, False]
    gate.authenticate.changed(replace(CHANGE, user_id=user.id))
    assert await gate.asked_for(*tokens) == [True, True]
    assert gate.authenticate._of_user.keys() == {user.id}


@pytest.mark.parametrize("heard", ["change", "gap", "both"])
async def test_an_answer_that_something_overtook_is_not_kept(heard: str) -> None:
    gate = Gate()
    token = gate.token("ada")

    def beside() -> None:
        if heard in ("change", "both"):
            gate.authenticate.changed(CHANGE)
        if heard in ("gap", "both"):
            gate.authenticate.forget()

    for _ in range(2):
        # The second time as the first: each is another turn.
        gate.credential_status.beside = beside
        assert await gate.asked_for(token) == [True]
    gate.credential_status.beside = lambda: None
    assert await gate.asked_for(token, token) == [True, False]


async def test_who_does_not_hold_is_told_why_and_not_kept() -> None:
    gate = Gate()
    token = gate.token("ada")
    gate.credential_status.holding = False
    for _ in range(2):
        with pytest.raises(
            InvalidToken, match=r"^the token or its session is over: refresh it, or log in again$"
        ):
            await gate.authenticate(token)
    gate.credential_status.holding, gate.current = True, False
    assert await gate.asked_for(token, token) == [True, True]


async def test_a_personal_token_is_asked_for_as_what_it_is() -> None:
    gate = Gate()
    gate.token("ada")
    (member,) = gate.rig.database.members.values()
    token = replace(TOKEN, tenant_id=member.tenant_id, member_id=member.id)
    gate.rig.database.personal_tokens[token.id] = token
    principal = await gate.authenticate(SECRET)
    assert (principal.token_id, principal.user_id) == (str(token.id), member.id)
    # Its standing is its member's alone.
    assert gate.credential_status.asked == []
