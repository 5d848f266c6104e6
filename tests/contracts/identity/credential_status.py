"""What every adapter promises where a member changes: the user, the sessions, the feed."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.identity.access import GrantLevel, Role
from domain.identity.change import ChangeKind
from domain.identity.factors import Challenge, Recovery
from domain.identity.invitation import PasswordReset
from domain.identity.member import Member, MemberKind
from domain.identity.notice import NOTICES
from domain.identity.session import SessionEnd
from domain.shared.notices import own_channel
from ports.access import LastOwner
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.identity.factors import challenge, recovery
from tests.contracts.identity.members import AT, Household
from tests.contracts.identity.personal_tokens import token_of
from tests.contracts.identity.scope import MINUTE, IdentityStores, principal, user


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRig:
    """Members, and the sessions of their users, over one database."""

    place: Household
    stores: IdentityStores

    async def disable(self, member: Member, *, disabled: bool = True) -> Member:
        """Disable a member, or enable it."""
        changed = await self.place.storage.members.change(
            member=replace(member, disabled_at=AT if disabled else None),
            audit=self.place.entry(member.id),
            cancels=builders.canceled,
        )
        assert isinstance(changed, Member)
        return changed

    async def told(self) -> list[tuple[ChangeKind, UUID | None, str | None]]:
        """Return what the feed says, of whom."""
        found = await self.stores.feed.since(0, limit=99)
        return [(one.kind, one.user_id, one.token_id) for one in found]


class CredentialStatusContract(Contract):
    """Subclasses give a fixture `standing`."""

    @pytest.fixture
    @abstractmethod
    async def credential_status(self) -> StatusRig: ...

    async def test_disabling_a_member_keeps_the_user_out_with_every_session(
        self, credential_status: StatusRig
    ) -> None:
        stores = credential_status.stores
        member = await credential_status.place.user(Role.TRADER)
        found = await stores.users.find(user_id=member.id)
        assert found is not None
        opened = await stores.opened(found)
        reset = PasswordReset(
            id=builders.new_id(),
            tenant_id=found.tenant_id,
            user_id=found.id,
            digest=b"r" * 32,
            created_at=AT,
            expires_at=AT + MINUTE,
        )
        async with stores.identity.begin() as scope:
            await scope.invitations.keep_reset(reset)
        assert await stores.credential_status.holds(principal(found, opened))
        disabled = await credential_status.disable(member)
        assert not await stores.credential_status.holds(principal(found, opened))
        after = await stores.users.find(user_id=member.id)
        assert after == replace(found, disabled_at=AT, tokens_from=AT)
        async with stores.identity.begin() as scope:
            assert await scope.sessions.open_of(member.id) == []
            ended = await scope.sessions.get(opened.id)
            kept = await scope.invitations.find_reset(reset.digest)
        assert ended == opened.ended(at=AT, end=SessionEnd.DISABLED)
        assert kept == replace(reset, used_at=AT)
        await credential_status.disable(disabled, disabled=False)
        after = await stores.users.find(user_id=member.id)
        assert after == replace(found, tokens_from=AT)
        # Who is let in again logs in anew.
        assert not await stores.credential_status.holds(principal(found, opened))
        assert await credential_status.told() == [
            (ChangeKind.USER_DISABLED, member.id, None),
            (ChangeKind.USER_ENABLED, member.id, None),
        ]

    async def test_disabling_a_member_ends_what_a_log_in_and_a_recovery_wait_for(
        self, credential_status: StatusRig
    ) -> None:
        stores, place = credential_status.stores, credential_status.place
        member, other = await place.user(Role.TRADER), await place.user(Role.TRADER)
        asked: dict[UUID, tuple[Challenge, Recovery]] = {}
        async with stores.identity.begin() as scope:
            for one in (member, other):
                found = await scope.users.get(one.id)
                assert found is not None
                asked[one.id] = challenge(found), recovery(found)
                await scope.factors.keep_challenge(asked[one.id][0])
                await scope.factors.keep_recovery(asked[one.id][1])
        before = await place.audits()
        disabled = await credential_status.disable(member)
        await credential_status.disable(disabled, disabled=False)
        async with stores.identity.begin() as scope:
            kept = await scope.factors.challenge(asked[member.id][0].digest)
            assert kept == replace(asked[member.id][0], used_at=AT)
            assert await scope.factors.recovery(member.id) is None
            due = AT + timedelta(days=9)
            assert list(
                await scope.factors.due_recoveries(tenant_id=place.home.id, now=due, limit=9)
            ) == [asked[other.id][1]]
            untouched = await scope.factors.challenge(asked[other.id][0].digest)
            assert untouched == asked[other.id][0]
            # Whose it was is told, and nobody else, and not again when they are let in.
            told = [
                [notice.kind for notice in await scope.notices.of(one.id, limit=9)]
                for one in (member, other)
            ]
        assert told == [["recovery_canceled"], []]
        actions = [one.action for one in await place.audits() if one not in before]
        assert sorted(actions) == ["member.change", "member.change", "recovery.cancel"]
        channel = own_channel(NOTICES, user_id=member.id)
        events = await stores.journal.replay(
            tenant_id=place.home.id, account_id=None, channel=channel, after_sequence=0, limit=9
        )
        assert [(one.sequence, one.type) for one in events] == [(1, "notice.recovery_canceled")]

    async def test_a_member_says_that_their_password_was_drawn_for_them(
        self, credential_status: StatusRig
    ) -> None:
        place, stores = credential_status.place, credential_status.stores
        members, member = place.storage.members, await place.user(Role.TRADER)
        found = await stores.users.find(user_id=member.id)
        assert found is not None
        for until, said in ((AT + MINUTE, True), (None, False)):
            async with stores.identity.begin() as scope:
                await scope.users.update(replace(found, password_until=until))
            expected = replace(member, first_password=said)
            assert await members.of(member_id=member.id) == expected
            assert await members.find(tenant_id=place.home.id, member_id=member.id) == expected
            listed = await members.list(tenant_id=place.home.id)
            assert [one.first_password for one in listed if one.id == member.id] == [said]
        machine = place.machine()
        entry = place.entry(machine.id)
        assert await members.add(member=machine, members_max=9, audit=entry) is None
        assert await members.of(member_id=machine.id) == machine

    async def test_each_change_of_rights_is_told_and_what_was_refused_is_not(
        self, credential_status: StatusRig
    ) -> None:
        place, members = credential_status.place, credential_status.place.storage.members
        member = await place.user(Role.TRADER)
        viewer = await members.change(
            member=replace(member, role=Role.VIEWER),
            audit=place.entry(member.id),
            cancels=builders.canceled,
        )
        assert isinstance(viewer, Member)
        for level in (GrantLevel.READ, GrantLevel.READ, None, None):
            await place.grant(member, level)
        refused = await members.change(
            member=replace(place.owner, disabled_at=AT),
            audit=place.entry(place.owner.id),
            cancels=builders.canceled,
        )
        assert refused == LastOwner()
        owner = await credential_status.stores.users.find(user_id=place.owner.id)
        assert owner is not None
        assert owner.disabled_at is None
        assert await credential_status.told() == [(ChangeKind.ROLE_CHANGED, member.id, None)] * 3

    async def test_a_machine_and_a_revoked_token_are_told_too(
        self, credential_status: StatusRig
    ) -> None:
        place = credential_status.place
        machine, token = place.machine(), token_of(place, place.owner)
        entry = place.entry(machine.id)
        assert await place.storage.members.add(member=machine, members_max=9, audit=entry) is None
        await credential_status.disable(machine)
        entry = place.entry(token.id)
        assert await place.storage.tokens.add(token=token, tokens_max=9, audit=entry) is None
        for _ in range(2):
            await place.storage.tokens.revoke(
                tenant_id=place.home.id,
                member_id=None,
                token_id=token.id,
                audit=place.entry(token.id),
            )
        assert await credential_status.told() == [
            (ChangeKind.USER_DISABLED, machine.id, None),
            (ChangeKind.TOKEN_ENDED, place.owner.id, str(token.id)),
        ]

    async def test_each_tenant_has_an_address_once_whoever_else_has_it(
        self, credential_status: StatusRig
    ) -> None:
        place, stores = credential_status.place, credential_status.stores
        email = "Ada@example.com"
        ours = user(place.home.id, email=email)
        theirs = user(place.strangers.id, email=email.upper())
        for one, stored in (
            (ours, True),
            (theirs, True),
            (user(place.home.id, email="ada@EXAMPLE.com"), False),
            # It only looks like the other.
            (user(place.home.id, email="\uff41da@example.com"), False),
            (user(place.home.id, email="stra\u00dfe@example.com"), True),
            (user(place.home.id, email="STRASSE@example.com"), False),
            (user(place.strangers.id, email=email), False),
        ):
            async with stores.identity.begin() as scope:
                assert await scope.users.add(one) is stored
        assert list(await stores.users.with_email(email="ada@example.com")) == [ours, theirs]
        assert await stores.users.find(user_id=theirs.id) == theirs

    async def test_who_joins_is_a_user_and_a_member_or_neither(
        self, credential_status: StatusRig
    ) -> None:
        place, stores = credential_status.place, credential_status.stores
        joining = user(place.home.id, email="ada@example.com")
        member = Member(
            id=joining.id,
            tenant_id=joining.tenant_id,
            kind=MemberKind.PERSON,
            role=Role.TRADER,
            name="Ada",
            created_at=AT,
            email=joining.email,
        )

        async def into_a_full_tenant() -> None:
            async with stores.identity.begin() as scope:
                assert await scope.users.add(joining)
                assert not await scope.members.add(member, members_max=1)
                raise OverflowError

        with pytest.raises(OverflowError):
            await into_a_full_tenant()
        assert await stores.users.find(user_id=joining.id) is None
        async with stores.identity.begin() as scope:
            assert await scope.users.add(joining)
            assert await scope.members.add(member, members_max=2)
        assert await place.storage.members.of(member_id=joining.id) == member
