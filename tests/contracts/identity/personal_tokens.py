"""What every adapter of PersonalTokens promises."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identity.access import Permission
from domain.identity.member import Member
from domain.identity.personal_token import PersonalToken
from ports.access import TooMany
from tests.contracts.contract import Contract
from tests.contracts.identity.members import AT, Household


def token_of(place: Household, member: Member, *, number: int = 1) -> PersonalToken:
    """Return a token of a member that is not stored."""
    return PersonalToken(
        id=place.new_id(),
        tenant_id=member.tenant_id,
        member_id=member.id,
        name=f"token {number}",
        digest=number.to_bytes(32),
        hint="abcd",
        scopes=frozenset({Permission.ORDERS_READ, Permission.ACCOUNTS_READ}),
        accounts=frozenset({place.account_id}),
        created_at=AT,
        expires_at=AT + timedelta(days=1),
        created_by="user:owner",
    )


class PersonalTokensContract(Contract):
    """Subclasses give a fixture `place` with two tenants."""

    @pytest.fixture
    @abstractmethod
    async def place(self) -> Household: ...

    async def _add(self, place: Household, token: PersonalToken) -> None:
        entry = place.entry(token.id, action="token.create")
        entry = replace(entry, tenant_id=token.tenant_id)
        assert await place.storage.tokens.add(token=token, tokens_max=9, audit=entry) is None

    async def test_a_token_is_found_by_its_digest_only(self, place: Household) -> None:
        token = token_of(place, place.owner)
        await self._add(place, token)
        assert await place.storage.tokens.by_digest(token.digest) == token
        assert await place.storage.tokens.by_digest(b"\1" * 32) is None
        assert [one.action for one in await place.audits()] == ["token.create"]

    async def test_a_token_of_all_accounts_stays_one(self, place: Household) -> None:
        token = replace(token_of(place, place.owner), accounts=None)
        await self._add(place, token)
        assert await place.storage.tokens.by_digest(token.digest) == token

    async def test_lists_show_what_is_not_revoked_oldest_first(self, place: Household) -> None:
        tokens = place.storage.tokens
        machine = place.machine()
        await place.storage.members.add(
            member=machine, members_max=9, audit=place.entry(machine.id)
        )
        mine = [token_of(place, place.owner, number=number) for number in (1, 2)]
        its = token_of(place, machine, number=3)
        theirs = replace(token_of(place, place.stranger, number=4), accounts=None)
        for token in (*mine, its, theirs):
            await self._add(place, token)
        home = place.home.id
        assert list(await tokens.list(tenant_id=home, member_id=None)) == [*mine, its]
        assert list(await tokens.list(tenant_id=home, member_id=machine.id)) == [its]
        revoked = await tokens.revoke(
            tenant_id=home, member_id=None, token_id=mine[0].id, audit=place.entry(mine[0].id)
        )
        assert revoked == replace(mine[0], revoked_at=AT)
        assert await tokens.by_digest(mine[0].digest) == revoked
        assert list(await tokens.list(tenant_id=home, member_id=place.owner.id)) == [mine[1]]

    async def test_only_ones_own_are_revoked_and_only_once(self, place: Household) -> None:
        tokens = place.storage.tokens
        token = token_of(place, place.owner)
        await self._add(place, token)
        other = place.stranger
        for tenant_id, member_id in (
            (place.strangers.id, None),
            (place.strangers.id, place.owner.id),
            (place.home.id, other.id),
        ):
            refused = await tokens.revoke(
                tenant_id=tenant_id,
                member_id=member_id,
                token_id=token.id,
                audit=place.entry(token.id),
            )
            assert refused is None
        assert await tokens.by_digest(token.digest) == token
        assert len(await place.audits()) == 1
        outcomes = await asyncio.gather(
            *(
                tokens.revoke(
                    tenant_id=place.home.id,
                    member_id=place.owner.id,
                    token_id=token.id,
                    audit=place.entry(token.id, action="token.revoke"),
                )
                for _ in range(4)
            )
        )
        assert sum(one is not None for one in outcomes) == 1
        assert [one.action for one in await place.audits()] == ["token.create", "token.revoke"]

    async def test_a_member_has_no_more_good_tokens_than_there_may_be(
        self, place: Household
    ) -> None:
        tokens = place.storage.tokens
        several = [token_of(place, place.owner, number=number) for number in range(1, 9)]
        outcomes = await asyncio.gather(
            *(tokens.add(token=one, tokens_max=3, audit=place.entry(one.id)) for one in several)
        )
        assert sum(one is None for one in outcomes) == 3
        assert sum(one == TooMany(3) for one in outcomes) == 5
        assert len(await place.audits()) == 3
        kept = await tokens.list(tenant_id=place.home.id, member_id=place.owner.id)
        # One that has expired makes room for another.
        late = replace(token_of(place, place.owner, number=99), created_at=AT + timedelta(days=2))
        late = replace(late, expires_at=late.created_at + timedelta(days=1))
        assert len(kept) == 3
        assert await tokens.add(token=late, tokens_max=3, audit=place.entry(late.id)) is None

    async def test_the_last_use_is_the_latest(self, place: Household) -> None:
        tokens = place.storage.tokens
        token = token_of(place, place.owner)
        await self._add(place, token)
        for seconds in (5, 60, 30):
            await tokens.used(token_id=token.id, at=AT + timedelta(seconds=seconds))
        used = await tokens.by_digest(token.digest)
        assert used == replace(token, last_used_at=AT + timedelta(seconds=60))
        await tokens.used(token_id=place.new_id(), at=AT)
