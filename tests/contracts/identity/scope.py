"""What every adapter promises that changes users and sessions and tells of it."""

import asyncio
from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session, SessionEnd, Visitor
from domain.identity.tenant import Principal, Tenant, User
from ports.identity import People, Users
from ports.identity_changes import CredentialStatus, IdentityFeed
from ports.identity_scope import IdentityScope
from ports.streams import Journal
from ports.transactions import Conflict, Transactions
from tests import builders
from tests.contracts.contract import Contract

AT = datetime(2026, 1, 2, 15, 4, 5, 678_901, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityStores:
    """The ports over one empty database."""

    users: Users
    people: People
    identity: Transactions[IdentityScope]
    feed: IdentityFeed
    credential_status: CredentialStatus
    journal: Journal

    async def furnish(self) -> User:
        """Store a tenant and its owner."""
        tenant = Tenant(id=builders.new_id(), name="Home", created_at=AT)
        owner = user(tenant.id, email="Owner@example.com")
        assert await self.users.found(tenant=tenant, owner=owner)
        return owner

    async def opened(self, owner: User, **given: Any) -> Session:
        """Store a session of a user."""
        made = session(owner, **given)
        async with self.identity.begin() as scope:
            await scope.sessions.add(made)
        return made


def user(tenant_id: UUID, *, email: str) -> User:
    """Return a user."""
    return User(
        id=builders.new_id(), tenant_id=tenant_id, email=email, password_hash="h", created_at=AT
    )


def session(owner: User, **given: Any) -> Session:
    """Return a session of a user that lasts an hour and may rest for half of it."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "device_id": None,
        "device_label": "Desk",
        "visitor": Visitor(ip="192.0.2.1", user_agent="agent"),
        "opened_at": AT,
        "authenticated_at": AT,
        "used_at": AT,
        "idle": 30 * MINUTE,
        "expires_at": AT + 60 * MINUTE,
    }
    return Session(**(fields | given))


def principal(owner: User, of: Session | None, *, signed_at: datetime = AT) -> Principal:
    """Return what a token of a session says, or of none."""
    return Principal(
        user_id=owner.id,
        tenant_id=owner.tenant_id,
        token_id=str(builders.new_id()),
        expires_at=AT + 5 * MINUTE,
        session_id=of.id if of is not None else None,
        authenticated_at=signed_at,
    )


def ended(one: Session) -> IdentityChange:
    """Return what the feed says of a session that ended."""
    return IdentityChange(
        tenant_id=one.tenant_id,
        user_id=one.user_id,
        session_id=one.id,
        kind=ChangeKind.SESSION_ENDED,
        at=AT,
    )


class IdentityContract(Contract):
    """Subclasses give `stores` over an empty database."""

    @pytest.fixture
    @abstractmethod
    async def stores(self) -> IdentityStores: ...

    async def test_what_a_transaction_did_is_there_after_it_and_gone_with_an_error(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        kept, lost = session(owner), session(owner)
        async with stores.identity.begin() as scope:
            await scope.sessions.add(kept)
            assert await scope.sessions.get(kept.id) == kept
            await scope.audit.add(builders.audit(tenant_id=owner.tenant_id))

        async def fail() -> None:
            async with stores.identity.begin() as scope:
                await scope.sessions.add(lost)
                await scope.endings.tell(ended(lost))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        async with stores.identity.begin() as scope:
            assert await scope.sessions.get(kept.id) == kept
            assert await scope.sessions.get(lost.id) is None
        assert await stores.feed.end() == 0

    async def test_a_user_is_changed_and_an_address_is_nobody_elses(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        ada = user(owner.tenant_id, email="ada@example.com")
        async with stores.identity.begin() as scope:
            assert await scope.users.add(ada)
            assert not await scope.users.add(user(owner.tenant_id, email="ADA@example.com"))
            changed = replace(
                owner,
                name="Olga",
                password_hash="n",
                disabled_at=AT,
                tokens_from=AT + MINUTE,
                password_until=AT,
            )
            await scope.users.update(changed)
        assert await stores.users.find(user_id=owner.id) == changed
        assert list(await stores.people.users(tenant_id=owner.tenant_id, limit=9)) == [changed, ada]
        after = await stores.people.users(tenant_id=owner.tenant_id, limit=9, after=owner.id)
        assert list(after) == [ada]
        assert list(await stores.people.users(tenant_id=builders.new_id(), limit=9)) == []

    async def test_sessions_are_listed_while_they_are_open(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        kept = await stores.opened(owner)
        over = await stores.opened(owner)
        rested = await stores.opened(owner, idle=MINUTE)
        async with stores.identity.begin() as scope:
            assert list(await scope.sessions.open_of(owner.id)) == [kept, over, rested]
            assert await scope.sessions.count_open(owner.id, now=AT) == 3
            assert await scope.sessions.count_open(owner.id, now=AT + MINUTE) == 2
            assert await scope.sessions.count_open(builders.new_id(), now=AT) == 0
            gone = over.ended(at=AT + MINUTE, end=SessionEnd.REVOKED)
            await scope.sessions.update(gone)
            used = kept.used(at=AT + MINUTE, visitor=Visitor(ip="2001:db8::1", user_agent="b"))
            await scope.sessions.update(used)
        now = AT + 2 * MINUTE
        assert list(await stores.people.sessions(user_id=owner.id, now=now, limit=9)) == [used]
        async with stores.identity.begin() as scope:
            assert await scope.sessions.get(over.id) == gone
        late = await stores.people.sessions(user_id=owner.id, now=AT + 60 * MINUTE, limit=9)
        assert list(late) == []
        page = await stores.people.sessions(user_id=owner.id, now=now, limit=9, after=kept.id)
        assert list(page) == []

    async def test_what_a_device_has_open_is_ended_and_nothing_else(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        context, phone = (
            Device(
                id=builders.new_id(),
                tenant_id=owner.tenant_id,
                user_id=owner.id,
                digest=builders.new_id().bytes,
                label=label,
                created_at=AT,
                seen_at=AT,
            )
            for label in ("Desk", "Phone")
        )
        here = [await stores.opened(owner, device_id=context.id) for _ in range(2)]
        there = await stores.opened(owner, device_id=phone.id)
        script = await stores.opened(owner, device_id=None)
        at = AT + MINUTE
        async with stores.identity.begin() as scope:
            ended = await scope.sessions.end_on(context, at=at, end=SessionEnd.REPLACED)
            assert list(ended) == [one.id for one in here]
            assert list(await scope.sessions.open_of(owner.id)) == [there, script]
            kept = await scope.sessions.get(here[0].id)
            assert kept == here[0].ended(at=at, end=SessionEnd.REPLACED)
            again = await scope.sessions.end_on(context, at=at, end=SessionEnd.REPLACED)
            assert list(again) == []

    async def test_a_device_is_known_by_its_digest(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        device = Device(
            id=builders.new_id(),
            tenant_id=owner.tenant_id,
            user_id=owner.id,
            digest=b"d",
            label="Desk",
            created_at=AT,
            seen_at=AT,
        )
        seen = replace(device, label="Other", seen_at=AT + MINUTE)
        for one in (device, seen):
            async with stores.identity.begin() as scope:
                await scope.devices.keep(one)
                assert await scope.devices.find(b"d") == one
        assert await stores.people.device(b"d") == seen
        assert await stores.people.device(b"e") is None

    async def test_rotating_keeps_one_salt_and_every_digest(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        opened, other = await stores.opened(owner), await stores.opened(owner)
        tokens = [_refresh(opened, digest) for digest in (b"1", b"2", b"3")]
        elsewhere = replace(_refresh(other, b"x"), used_at=AT, salt=b"kept")
        async with stores.identity.begin() as scope:
            await scope.refreshes.add(tokens[0])
            await scope.refreshes.add(elsewhere)
        for number in (0, 1):
            used = replace(tokens[number], used_at=AT + MINUTE, salt=b"salt")
            async with stores.identity.begin() as scope:
                await scope.refreshes.rotate(used, successor=tokens[number + 1])
        async with stores.identity.begin() as scope:
            first = await scope.refreshes.get(b"1")
            assert first == replace(tokens[0], used_at=AT + MINUTE)
            assert await scope.refreshes.get(b"2") == used
            assert await scope.refreshes.get(b"3") == tokens[2]
            assert await scope.refreshes.get(b"x") == elsewhere
            assert await scope.refreshes.get(b"4") is None

    async def test_invitations_are_found_by_token_and_address(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        made = _invitation(owner, email="Ada@example.com", digest=b"1")
        taken = _invitation(owner, email="bob@example.com", digest=b"2")
        async with stores.identity.begin() as scope:
            for one in (made, taken):
                await scope.invitations.keep(one)
            await scope.invitations.keep(taken.accepted(AT))
        async with stores.identity.begin() as scope:
            assert await scope.invitations.find(b"1") == made
            assert await scope.invitations.find(b"2") == taken.accepted(AT)
            assert await scope.invitations.find(b"3") is None
            tenant = owner.tenant_id
            found = await scope.invitations.open_for(tenant_id=tenant, email="ADA@example.com")
            assert list(found) == [made]
            found = await scope.invitations.open_for(tenant_id=tenant, email="bob@example.com")
            assert list(found) == []
            found = await scope.invitations.open_for(tenant_id=tenant, email="\uff41da@example.com")
            assert list(found) == [made]
            await scope.invitations.keep(made.withdrawn(AT))
            theirs = builders.new_id()
            assert await scope.invitations.get(tenant_id=theirs, invitation_id=made.id) is None
        listed = await stores.people.invitations(tenant_id=owner.tenant_id, limit=9)
        assert list(listed) == [made.withdrawn(AT), taken.accepted(AT)]

    async def test_resets_are_voided_together(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        resets = [
            PasswordReset(
                id=builders.new_id(),
                tenant_id=owner.tenant_id,
                user_id=owner.id,
                digest=digest,
                created_at=AT,
                expires_at=AT + MINUTE,
            )
            for digest in (b"1", b"2")
        ]
        first = replace(resets[0], used_at=AT)
        async with stores.identity.begin() as scope:
            for one in (*resets, first):
                await scope.invitations.keep_reset(one)
            await scope.invitations.void_resets(user_id=owner.id, at=AT + MINUTE)
        async with stores.identity.begin() as scope:
            assert await scope.invitations.find_reset(b"1") == first
            voided = replace(resets[1], used_at=AT + MINUTE)
            assert await scope.invitations.find_reset(b"2") == voided

    async def test_the_feed_tells_every_change_in_order_and_none_twice(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        told = [ended(session(owner)) for _ in range(5)]

        async def tell(change: IdentityChange) -> None:
            while True:
                try:
                    async with stores.identity.begin() as scope:
                        await scope.endings.tell(change)
                except Conflict:
                    continue
                return

        assert await stores.feed.end() == 0
        await asyncio.gather(*map(tell, told))
        found = [*await stores.feed.since(0, limit=3)]
        assert len(found) == 3
        found += await stores.feed.since(found[-1].seq, limit=3)
        assert [one.seq for one in found] == sorted(one.seq for one in found)
        assert {replace(one, seq=0) for one in found} == set(told)
        assert await stores.feed.end() == found[-1].seq
        assert list(await stores.feed.since(found[-1].seq, limit=3)) == []

    async def test_a_standing_holds_while_user_and_session_do(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        opened = await stores.opened(owner)
        said = principal(owner, opened)
        assert await stores.credential_status.holds(said)
        assert not await stores.credential_status.holds(replace(said, tenant_id=builders.new_id()))
        assert not await stores.credential_status.holds(replace(said, user_id=builders.new_id()))
        assert not await stores.credential_status.holds(replace(said, session_id=builders.new_id()))
        async with stores.identity.begin() as scope:
            await scope.users.update(replace(owner, disabled_at=AT))
        assert not await stores.credential_status.holds(said)
        async with stores.identity.begin() as scope:
            await scope.users.update(owner)
        assert await stores.credential_status.holds(said)
        async with stores.identity.begin() as scope:
            await scope.sessions.update(opened.ended(at=AT, end=SessionEnd.LOGOUT))
        assert not await stores.credential_status.holds(said)

    async def test_a_token_of_a_session_holds_until_its_user_showed_anew_who_they_are(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        opened = await stores.opened(owner)
        said = principal(owner, opened, signed_at=AT.replace(microsecond=0))
        assert await stores.credential_status.holds(said)
        # Tokens know the second and no more.
        stepped = replace(opened, authenticated_at=AT + MINUTE)
        async with stores.identity.begin() as scope:
            await scope.sessions.update(stepped)
        assert not await stores.credential_status.holds(said)
        known_at = stepped.authenticated_at.replace(microsecond=0)
        assert known_at < stepped.authenticated_at
        for signed_at, holds in (
            (known_at - timedelta(seconds=1), False),
            (known_at, True),
            (known_at + MINUTE, True),
        ):
            renewed = principal(owner, opened, signed_at=signed_at)
            assert await stores.credential_status.holds(renewed) is holds
        assert not await stores.credential_status.holds(replace(said, authenticated_at=None))

    async def test_a_token_without_a_session_ends_by_itself_or_with_all_before_it(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        early, late = principal(owner, None), principal(owner, None, signed_at=AT + MINUTE)
        assert await stores.credential_status.holds(early)
        async with stores.identity.begin() as scope:
            await scope.endings.end_token(
                tenant_id=owner.tenant_id, token_id=late.token_id, expires_at=late.expires_at
            )
            await scope.endings.end_token(
                tenant_id=owner.tenant_id, token_id=late.token_id, expires_at=late.expires_at
            )
        assert not await stores.credential_status.holds(late)
        other = principal(owner, None, signed_at=AT + MINUTE)
        async with stores.identity.begin() as scope:
            await scope.users.update(replace(owner, tokens_from=AT + MINUTE))
        assert not await stores.credential_status.holds(early)
        assert await stores.credential_status.holds(other)
        assert not await stores.credential_status.holds(replace(other, authenticated_at=None))

    async def test_a_key_holds_until_it_or_its_user_is_disabled(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        tenant = owner.tenant_id

        async def holds(user_id: UUID | None) -> bool:
            return await stores.credential_status.key_holds(
                tenant_id=tenant, key_id="k-1", user_id=user_id
            )

        assert await holds(None)
        assert await holds(owner.id)
        assert not await holds(builders.new_id())
        for expected in (True, False):
            async with stores.identity.begin() as scope:
                done = await scope.endings.disable_key(tenant_id=tenant, key_id="k-1", at=AT)
                assert done is expected
        assert not await holds(None)
        assert await stores.credential_status.key_holds(
            tenant_id=tenant, key_id="k-2", user_id=None
        )
        for expected in (True, False):
            async with stores.identity.begin() as scope:
                done = await scope.endings.enable_key(tenant_id=tenant, key_id="k-1")
                assert done is expected
        async with stores.identity.begin() as scope:
            await scope.users.update(replace(owner, disabled_at=AT))
        assert await holds(None)
        assert not await holds(owner.id)

    async def test_a_key_is_known_once_it_is_noted_or_disabled(
        self, stores: IdentityStores
    ) -> None:
        tenant = (await stores.furnish()).tenant_id

        async def knows(key_id: str, *, of: UUID = tenant) -> bool:
            async with stores.identity.begin() as scope:
                return await scope.endings.knows_key(tenant_id=of, key_id=key_id)

        for _ in range(2):
            async with stores.identity.begin() as scope:
                await scope.endings.note_key(tenant_id=tenant, key_id="k-1")
        assert await knows("k-1")
        assert not await knows("k-2")
        async with stores.identity.begin() as scope:
            await scope.endings.disable_key(tenant_id=tenant, key_id="k-2", at=AT)
        assert await knows("k-2")
        nobody = builders.new_id()
        async with stores.identity.begin() as scope:
            await scope.endings.note_key(tenant_id=nobody, key_id="k-1")
        assert not await knows("k-1", of=nobody)

    async def test_side_by_side_only_one_of_two_sees_a_session_as_it_was(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        opened = await stores.opened(owner)

        async def use_up() -> bool:
            while True:
                try:
                    async with stores.identity.begin() as scope:
                        found = await scope.sessions.get(opened.id)
                        assert found is not None
                        await asyncio.sleep(0.01)
                        if found.ended_at is not None:
                            return False
                        await scope.sessions.update(found.ended(at=AT, end=SessionEnd.LOGOUT))
                except Conflict:
                    continue
                return True

        assert sorted(await asyncio.gather(*(use_up() for _ in range(4)))) == [False] * 3 + [True]


def _refresh(of: Session, digest: bytes) -> RefreshToken:
    return RefreshToken(digest=digest, tenant_id=of.tenant_id, session_id=of.id, issued_at=AT)


def _invitation(owner: User, *, email: str, digest: bytes) -> Invitation:
    return Invitation(
        id=builders.new_id(),
        tenant_id=owner.tenant_id,
        email=email,
        role="trader",
        digest=digest,
        invited_by=owner.id,
        created_at=AT,
        expires_at=AT + MINUTE,
    )
