"""What a process remembers of a token holds only while the feed says so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.streams import MemoryWakeup
from adapters.memory.time import ManualSleeper
from application.identity.access_commands import NeedsPerson
from application.identity.authenticate import Authenticate
from application.identity.deps import Asking
from application.identity.follow_changes import FollowChanges
from application.identity.producers import Producers
from application.identity.rights import Rights
from domain.identity.access import Permission, Role
from domain.identity.change import ChangeKind
from domain.identity.member import Member
from domain.identity.personal_token import SECRET_BYTES, PersonalToken, digest_of, secret_of
from domain.identity.tenant import Principal, PrincipalKind, User
from ports.identity import InvalidToken
from ports.identity_changes import CredentialStatus
from ports.storage import StorageUnavailable
from tests import builders
from tests.tenants import add_user
from tests.unit.application.identity.door import NOW, Door, Visit

USER = UUID(int=7)
SECRET = secret_of(b"s" * SECRET_BYTES)


class WatchedCredentialStatus:
    """Standings that count what they are asked, can fail, and can be overtaken."""

    def __init__(self, inner: CredentialStatus) -> None:
        self._inner = inner
        self.asked = 0
        self.away = False
        self.meanwhile: Callable[[], None] = lambda: None

    async def holds(self, principal: Principal) -> bool:
        """Count, and ask the inner ones."""
        self._count()
        held = await self._inner.holds(principal)
        self.meanwhile()
        return held

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        """Count, and ask the inner ones."""
        self._count()
        return await self._inner.key_holds(tenant_id=tenant_id, key_id=key_id, user_id=user_id)

    def _count(self) -> None:
        self.asked += 1
        if self.away:
            raise StorageUnavailable("away")


class Process:
    """One process that follows the feed of a door's storage."""

    def __init__(self, door: Door) -> None:
        self.credential_status = WatchedCredentialStatus(door.storage.credential_status)
        storage = door.storage
        rights = Rights(members=storage.members, tokens=storage.personal_tokens, clock=door.clock)
        self.authenticate = Authenticate(
            tokens=door.tokens, credential_status=self.credential_status, rights=rights, kept_max=3
        )
        self.producers = Producers(credential_status=self.credential_status)
        self.follow = FollowChanges(
            feed=door.storage.identity_feed,
            clock=door.clock,
            sleeper=ManualSleeper(door.clock),
            wakeup=MemoryWakeup(),
            subscribers=[rights, self.authenticate, self.producers],
        )
        self.authenticate.is_current = self.producers.is_current = self.follow.is_current


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def visit(door: Door) -> Visit:
    return await door.log_in()


async def test_a_token_is_asked_for_once_while_the_feed_is_read(door: Door, visit: Visit) -> None:
    process = Process(door)
    await process.follow.read()
    for _ in range(10):
        door.clock.advance(0.5)
        await process.follow.read()
        await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 1


async def test_a_revocation_elsewhere_is_obeyed_at_the_next_look(door: Door, visit: Visit) -> None:
    process, bystander = Process(door), await door.log_in()
    await process.follow.read()
    for one in (visit, bystander):
        await process.authenticate(one.issued.token)
    await door.identity.sessions.logout(await door.asking(visit.issued))
    door.clock.advance(0.2)
    assert not await process.follow.read()
    with pytest.raises(InvalidToken):
        await process.authenticate(visit.issued.token)
    await process.authenticate(bystander.issued.token)


async def test_without_the_feed_storage_is_asked_after_a_second(door: Door, visit: Visit) -> None:
    process = Process(door)
    await process.follow.read()
    await process.authenticate(visit.issued.token)
    await door.identity.sessions.logout(await door.asking(visit.issued))
    door.clock.advance(0.999)
    # Not a second has passed since the feed was read.
    await process.authenticate(visit.issued.token)
    door.clock.advance(0.001)
    with pytest.raises(InvalidToken):
        await process.authenticate(visit.issued.token)
    process.credential_status.away = True
    with pytest.raises(StorageUnavailable):
        await process.authenticate(visit.issued.token)


async def test_nobody_comes_in_before_the_feed_was_read_unless_storage_says_so(
    door: Door, visit: Visit
) -> None:
    process = Process(door)
    for asked in (1, 2, 3):
        await process.authenticate(visit.issued.token)
        assert process.credential_status.asked == asked


async def test_after_a_gap_nothing_remembered_counts(door: Door, visit: Visit) -> None:
    process = Process(door)
    await process.follow.read()
    await process.authenticate(visit.issued.token)
    door.clock.advance(5)
    await door.identity.sessions.logout(await door.asking((await door.log_in()).issued))
    assert not await process.follow.read()
    await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 2


async def test_an_answer_that_the_feed_overtook_is_not_kept(door: Door, visit: Visit) -> None:
    process = Process(door)
    await process.follow.read()
    process.credential_status.meanwhile = process.authenticate.forget
    await process.authenticate(visit.issued.token)
    process.credential_status.meanwhile = lambda: None
    await process.authenticate(visit.issued.token)
    await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 2


async def test_what_is_remembered_is_bounded(door: Door) -> None:
    process = Process(door)
    await process.follow.read()
    visits = [await door.log_in() for _ in range(5)]
    for one in visits:
        await process.authenticate(one.issued.token)
    assert process.credential_status.asked == 5
    await process.authenticate(visits[4].issued.token)
    assert process.credential_status.asked == 5
    await process.authenticate(visits[0].issued.token)
    assert process.credential_status.asked == 6
    await door.identity.sessions.logout_everywhere(await door.asking(visits[1].issued))
    await process.follow.read()
    for one in visits:
        with pytest.raises(InvalidToken):
            await process.authenticate(one.issued.token)


async def test_a_disabled_producer_may_not_send(door: Door, visit: Visit) -> None:
    process, asking = Process(door), await door.asking(visit.issued)
    await door.identity.users.note_keys([(door.tenant_id, "k-1")])

    async def may(key_id: str = "k-1", actor: str = "strategy") -> bool:
        return await process.producers.may_send(
            tenant_id=door.tenant_id, key_id=key_id, actor=actor
        )

    await process.follow.read()
    assert await may()
    assert await may()
    assert process.credential_status.asked == 1
    await door.identity.users.set_key(asking, key_id="k-1", enabled=False)
    await process.follow.read()
    assert not await may()
    assert await may("k-2")
    assert await may("k-2", actor=f"user:{door.user_id}")
    assert not await may("k-2", actor=f"user:{USER}")
    assert not await may("k-2", actor="user:nobody")
    await door.identity.users.set_key(asking, key_id="k-1", enabled=True)
    await process.follow.read()
    assert await may()


async def test_a_producers_standing_is_asked_each_time_without_the_feed(door: Door) -> None:
    process = Process(door)
    for asked in (1, 2):
        await process.producers.may_send(tenant_id=door.tenant_id, key_id="k", actor="a")
        assert process.credential_status.asked == asked
    process.credential_status.away = True
    with pytest.raises(StorageUnavailable):
        await process.producers.may_send(tenant_id=door.tenant_id, key_id="k", actor="a")


async def test_rights_are_remembered_until_the_feed_says_that_they_changed(
    door: Door, visit: Visit
) -> None:
    token, follow, storage = visit.issued.token, door.credential_status.follow, door.storage
    await follow.read()
    assert (await door.identity.authenticate(token)).access.role is Role.OWNER
    other = User(
        id=builders.new_id(),
        tenant_id=door.tenant_id,
        email="other@example.com",
        password_hash="x",
        created_at=NOW,
    )
    await add_user(storage.members, other, role=Role.OWNER)
    member = await storage.members.of(member_id=door.user_id)
    assert member is not None
    changed = await storage.members.change(
        member=replace(member, role=Role.VIEWER),
        audit=builders.audit(tenant_id=door.tenant_id),
        cancels=builders.canceled,
    )
    assert isinstance(changed, Member)
    # Another process changed it: here it is not known yet, however long a reading takes.
    door.clock.advance(0.9)
    assert (await door.identity.authenticate(token)).access.role is Role.OWNER
    await follow.read()
    assert (await door.identity.authenticate(token)).access.role is Role.VIEWER
    # Without a feed they are soon read again.
    disabled = await storage.members.change(
        member=replace(changed, disabled_at=NOW),
        audit=builders.audit(tenant_id=door.tenant_id),
        cancels=builders.canceled,
    )
    assert isinstance(disabled, Member)
    door.clock.advance(1.1)
    with pytest.raises(InvalidToken):
        await door.identity.authenticate(token)


async def test_a_personal_token_works_until_it_is_logged_out(door: Door, visit: Visit) -> None:
    token = PersonalToken(
        id=builders.new_id(),
        tenant_id=door.tenant_id,
        member_id=door.user_id,
        name="script",
        digest=digest_of(SECRET),
        hint="abcd",
        scopes=frozenset({Permission.IDENTITY_SELF}),
        accounts=None,
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_by="user:owner",
    )
    audit = builders.audit(tenant_id=door.tenant_id)
    await door.storage.personal_tokens.add(token=token, tokens_max=9, audit=audit)
    await door.credential_status.follow.read()
    principal = await door.identity.authenticate(SECRET)
    assert principal.kind is PrincipalKind.TOKEN
    assert principal.access.permissions == {Permission.IDENTITY_SELF}
    asking = Asking(principal=principal)
    refused = await door.identity.passwords.change(asking, current="x", new="y")
    assert refused == NeedsPerson()
    await door.identity.sessions.logout(asking)
    await door.credential_status.follow.read()
    assert not await door.holds(SECRET)
    assert await door.holds(visit.issued.token)
    assert (await door.told()) == [ChangeKind.TOKEN_ENDED]


async def test_a_token_that_ended_is_not_asked_for_again(door: Door, visit: Visit) -> None:
    process, bystander = Process(door), await door.log_in()
    await door.identity.sessions.logout(await door.asking(visit.issued))
    await process.follow.read()
    for _ in range(10):
        with pytest.raises(InvalidToken):
            await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 1
    # What the feed says of its user makes it be asked for anew.
    await door.identity.sessions.logout(await door.asking(bystander.issued))
    await process.follow.read()
    with pytest.raises(InvalidToken):
        await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 2
    # And without the feed it is asked for each time.
    door.clock.advance(1.5)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 4


async def test_tokens_that_ended_are_remembered_up_to_a_number(
    door: Door, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.identity.authenticate.OVER_MAX", 1)
    process, other = Process(door), await door.log_in()
    for one in (visit, other):
        await door.identity.sessions.logout(await door.asking(one.issued))
    await process.follow.read()
    for one in (visit, other, other, visit):
        with pytest.raises(InvalidToken):
            await process.authenticate(one.issued.token)
    assert process.credential_status.asked == 3


@pytest.mark.parametrize("kind", ["changed", "forgotten"])
async def test_an_end_that_was_overtaken_is_not_remembered(
    door: Door, visit: Visit, kind: str
) -> None:
    process = Process(door)
    await door.identity.sessions.logout(await door.asking(visit.issued))
    await process.follow.read()

    def meanwhile() -> None:
        if kind == "forgotten":
            process.authenticate.forget()
        else:
            process.authenticate._turn += 1

    process.credential_status.meanwhile = meanwhile
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await process.authenticate(visit.issued.token)
    assert process.credential_status.asked == 2
