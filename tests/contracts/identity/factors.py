"""What every adapter promises that keeps second factors."""

import asyncio
from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity.factors import (
    BackupCode,
    Challenge,
    FactorKind,
    FactorSummary,
    Recovery,
    TotpFactor,
)
from domain.identity.guessing import TrySource, WrongTry
from domain.identity.tenant import User
from domain.secrets.sealed import SealedSecret
from ports.factors import address_of
from ports.secrets import KeyMarks, KeyStale, SealedRow, SealedStore
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.identity.passkeys import passkey
from tests.contracts.identity.scope import AT, MINUTE, IdentityStores, user
from tests.contracts.secrets.store import mark_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorStores:
    """The ports over one empty database."""

    identity: IdentityStores
    marks: KeyMarks
    sealed: SealedStore

    async def furnish(self) -> User:
        """Store a tenant with its owner, and a key version that seals."""
        assert await self.marks.begin(mark_of(1))
        return await self.identity.furnish()

    async def enrolled(self, owner: User, **given: Any) -> TotpFactor:
        """Store an app that counts."""
        made = app(owner, **({"confirmed_at": AT} | given))
        async with self.identity.identity.begin() as scope:
            await scope.factors.add_totp(made, sealed=seed(made))
        return made

    async def apps(self, owner: User) -> list[TotpFactor]:
        """Return a user's apps."""
        async with self.identity.identity.begin() as scope:
            return list(await scope.factors.totps(owner.id))

    async def ways(self, owner: User) -> FactorSummary:
        """Return which factors a user has."""
        async with self.identity.identity.begin() as scope:
            ways = await scope.factors.ways(owner.id)
        _, told = await self.identity.people.known_by(owner)
        assert told == ways
        return ways

    async def uses(self, factor_id: UUID, *, step: int) -> bool:
        """Use a step in a transaction of its own, again where another came between."""
        while True:
            try:
                async with self.identity.identity.begin() as scope:
                    return await scope.factors.use_step(factor_id, step=step, at=AT + MINUTE)
            except Conflict:
                continue

    async def spends(self, digest: bytes, owner: User) -> bool:
        """Use a backup code up likewise."""
        while True:
            try:
                async with self.identity.identity.begin() as scope:
                    return await scope.factors.use_code(digest, user_id=owner.id, at=AT)
            except Conflict:
                continue


def app(owner: User, **given: Any) -> TotpFactor:
    """Return an app that waits for its first code."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "label": "Phone",
        "created_at": AT,
    }
    return TotpFactor(**(fields | given))


def seed(factor: TotpFactor, *, version: int = 1) -> SealedRow:
    """Return a sealed seed; nothing in storage looks into it."""
    sealed = SealedSecret(
        key_version=version,
        sealed_version=version,
        wrapped_key=b"w" * 60,
        nonce=b"n" * 12,
        ciphertext=b"c" * 36,
    )
    return SealedRow(row=address_of(factor), sealed=sealed)


def code(owner: User, number: int) -> BackupCode:
    """Return a backup code."""
    digest = bytes([number]) * 32
    return BackupCode(digest=digest, tenant_id=owner.tenant_id, user_id=owner.id, created_at=AT)


def challenge(owner: User, **given: Any) -> Challenge:
    """Return an open challenge."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "digest": builders.new_id().bytes * 2,
        "created_at": AT,
        "expires_at": AT + 5 * MINUTE,
        "lasting": True,
        "remember": False,
        "device_label": "Desk",
    }
    return Challenge(**(fields | given))


def recovery(owner: User, **given: Any) -> Recovery:
    """Return an open request."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "asked_at": AT,
        "effective_at": AT + 48 * HOUR,
    }
    return Recovery(**(fields | given))


class FactorContract(Contract):
    """Subclasses give `stores` over an empty database."""

    @pytest.fixture
    @abstractmethod
    async def stores(self) -> FactorStores: ...

    async def test_which_ways_a_user_has_is_told_at_once(self, stores: FactorStores) -> None:
        owner = await stores.furnish()
        other = user(owner.tenant_id, email="other@example.com")
        async with stores.identity.identity.begin() as scope:
            assert await scope.users.add(other)
        assert await stores.ways(owner) == FactorSummary()
        unconfirmed = app(owner)
        early = app(owner, confirmed_at=AT + 2 * MINUTE)
        gone = app(owner, confirmed_at=AT, removed_at=AT + MINUTE)
        async with stores.identity.identity.begin() as scope:
            for one in (unconfirmed, early, gone):
                await scope.factors.add_totp(replace(one, removed_at=None), sealed=seed(one))
            await scope.factors.keep_totp(gone)
            await scope.factors.put_codes([code(owner, 1)], user_id=owner.id, at=AT)
        assert await stores.ways(owner) == FactorSummary(
            has_app=True, has_code=True, since=early.confirmed_at
        )
        assert await stores.ways(other) == FactorSummary()
        key = passkey(owner, created_at=AT + MINUTE)
        async with stores.identity.identity.begin() as scope:
            assert await scope.passkeys.add(key)
            await scope.factors.keep_totp(early.removed(AT))
            assert await scope.factors.use_code(code(owner, 1).digest, user_id=owner.id, at=AT)
        left = await stores.ways(owner)
        assert left == FactorSummary(has_passkey=True, since=key.created_at)
        assert left.kinds == {FactorKind.PASSKEY}

    async def test_an_app_is_kept_with_its_seed_and_goes_with_it(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        first, second = await stores.enrolled(owner), await stores.enrolled(owner, label="Key")
        assert await stores.apps(owner) == [first, second]
        assert await stores.sealed.get(address_of(first)) == seed(first).sealed
        async with stores.identity.identity.begin() as scope:
            await scope.factors.keep_totp(first.removed(AT + MINUTE))
        assert await stores.apps(owner) == [second]
        assert await stores.sealed.get(address_of(first)) is None
        assert await stores.sealed.get(address_of(second)) is not None

    async def test_an_app_is_confirmed_with_the_step_of_its_first_code(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        waiting = await stores.enrolled(owner, confirmed_at=None, session_id=builders.new_id())
        assert await stores.apps(owner) == [waiting]
        assert not await stores.uses(waiting.id, step=7)
        confirmed = replace(waiting, confirmed_at=AT, last_step=7, last_used_at=AT)
        async with stores.identity.identity.begin() as scope:
            await scope.factors.keep_totp(confirmed)
        assert await stores.apps(owner) == [confirmed]

    async def test_nothing_is_stored_under_a_version_that_seals_no_more(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        await stores.marks.begin(mark_of(2))
        made = app(owner)
        with pytest.raises(KeyStale):
            async with stores.identity.identity.begin() as scope:
                await scope.factors.add_totp(made, sealed=seed(made, version=1))
        assert await stores.apps(owner) == []

    async def test_a_step_is_used_once_and_none_before_it_afterwards(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        made = await stores.enrolled(owner, last_step=10)
        other = await stores.enrolled(owner)
        assert [await stores.uses(made.id, step=step) for step in (9, 10, 12, 12, 11, 13)] == [
            False,
            False,
            True,
            False,
            False,
            True,
        ]
        found = {one.id: one for one in await stores.apps(owner)}
        assert (found[made.id].last_step, found[made.id].last_used_at) == (13, AT + MINUTE)
        assert found[other.id] == other
        async with stores.identity.identity.begin() as scope:
            await scope.factors.keep_totp(made.removed(AT))
        assert not await stores.uses(made.id, step=14)
        assert not await stores.uses(builders.new_id(), step=14)

    async def test_of_many_uses_of_a_step_one_wins(self, stores: FactorStores) -> None:
        made = await stores.enrolled(await stores.furnish())
        won = await asyncio.gather(*(stores.uses(made.id, step=5) for _ in range(8)))
        assert won.count(True) == 1

    async def test_of_many_uses_of_a_backup_code_one_wins(self, stores: FactorStores) -> None:
        owner = await stores.furnish()
        async with stores.identity.identity.begin() as scope:
            await scope.factors.put_codes([code(owner, 1)], user_id=owner.id, at=AT)
        won = await asyncio.gather(*(stores.spends(code(owner, 1).digest, owner) for _ in range(8)))
        assert won.count(True) == 1

    async def test_a_new_set_of_codes_makes_the_old_one_void_and_no_one_elses(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        other = user(owner.tenant_id, email="other@example.com")
        async with stores.identity.identity.begin() as scope:
            assert await scope.users.add(other)
            await scope.factors.put_codes(
                [code(owner, number) for number in (1, 2)], user_id=owner.id, at=AT
            )
            await scope.factors.put_codes([code(other, 3)], user_id=other.id, at=AT)
        assert await stores.spends(code(owner, 1).digest, owner)
        # Another's code, and one that nobody has.
        assert not await stores.spends(code(other, 3).digest, owner)
        assert not await stores.spends(b"?" * 32, owner)
        async with stores.identity.identity.begin() as scope:
            assert await scope.factors.codes_left(owner.id) == 1
            await scope.factors.put_codes([code(owner, 4)], user_id=owner.id, at=AT)
            assert await scope.factors.codes_left(owner.id) == 1
            assert await scope.factors.codes_left(other.id) == 1
        assert not await stores.spends(code(owner, 2).digest, owner)
        assert await stores.spends(code(owner, 4).digest, owner)

    async def test_a_challenge_is_found_by_its_digest_and_keeps_its_tries(
        self, stores: FactorStores
    ) -> None:
        owner = await stores.furnish()
        first, second = challenge(owner), challenge(owner, lasting=False, remember=True)
        async with stores.identity.identity.begin() as scope:
            await scope.factors.keep_challenge(first)
            await scope.factors.keep_challenge(second)
        async with stores.identity.identity.begin() as scope:
            assert await scope.factors.challenge(second.digest) == second
            assert await scope.factors.challenge(b"?" * 32) is None
            await scope.factors.keep_challenge(replace(first, tries=3))
        async with stores.identity.identity.begin() as scope:
            await scope.factors.void_challenges(user_id=owner.id, at=AT + MINUTE)
        async with stores.identity.identity.begin() as scope:
            found = await scope.factors.challenge(first.digest)
        assert found == replace(first, tries=3, used_at=AT + MINUTE)

    async def test_tries_are_kept_by_user_with_time_and_source(self, stores: FactorStores) -> None:
        owner = await stores.furnish()
        other = user(owner.tenant_id, email="other@example.com")
        sources = [
            TrySource(),
            TrySource(network="192.0.2.1"),
            TrySource(network="2001:db8::/64", device_id=builders.new_id()),
            TrySource(network="192.0.2.1", device_id=builders.new_id(), at_home=True),
        ]
        async with stores.identity.identity.begin() as scope:
            assert await scope.users.add(other)
            for minutes in (0, 1, 2):
                await scope.factors.add_try(
                    WrongTry(at=AT + minutes * MINUTE, source=sources[minutes]),
                    tenant_id=owner.tenant_id,
                    user_id=owner.id,
                )
        async with stores.identity.identity.begin() as scope:
            found = await scope.factors.tries(owner.id, since=AT)
            assert sorted(found, key=lambda one: one.at) == [
                WrongTry(at=AT + minutes * MINUTE, source=sources[minutes]) for minutes in (1, 2)
            ]
            assert list(await scope.factors.tries(other.id, since=AT - HOUR)) == []

    async def test_a_user_has_one_open_recovery_at_most(self, stores: FactorStores) -> None:
        owner = await stores.furnish()
        first = recovery(owner)
        async with stores.identity.identity.begin() as scope:
            assert await scope.factors.recovery(owner.id) is None
            await scope.factors.keep_recovery(first)
        with pytest.raises(ConstraintBroken):
            async with stores.identity.identity.begin() as scope:
                await scope.factors.keep_recovery(recovery(owner))
        async with stores.identity.identity.begin() as scope:
            assert await scope.factors.recovery(owner.id) == first
            await scope.factors.keep_recovery(first.canceled(AT))
        async with stores.identity.identity.begin() as scope:
            assert await scope.factors.recovery(owner.id) is None
            await scope.factors.keep_recovery(recovery(owner))

    async def test_recoveries_are_due_when_their_delay_is_over(self, stores: FactorStores) -> None:
        owner = await stores.furnish()
        made = recovery(owner)
        other = user(owner.tenant_id, email="other@example.com")
        later = recovery(other, effective_at=made.effective_at + HOUR)
        async with stores.identity.identity.begin() as scope:
            assert await scope.users.add(other)
            await scope.factors.keep_recovery(later)
            await scope.factors.keep_recovery(made)
        due, home = made.effective_at, owner.tenant_id
        assert await self._due(stores, builders.new_id(), due + HOUR) == []
        assert await self._due(stores, home, due - timedelta(microseconds=1)) == []
        assert await self._due(stores, home, due) == [made]
        assert await self._due(stores, home, due + HOUR) == [made, later]
        assert await self._due(stores, home, due + HOUR, limit=1) == [made]
        assert await self._due(stores, home, due + HOUR, after=made) == [later]
        assert await self._due(stores, home, due + HOUR, after=later) == []
        async with stores.identity.identity.begin() as scope:
            await scope.factors.keep_recovery(replace(made, done_at=due))
            await scope.factors.keep_recovery(later.canceled(due))
        assert await self._due(stores, home, due + HOUR) == []

    async def _due(
        self,
        stores: FactorStores,
        tenant_id: UUID,
        now: datetime,
        *,
        limit: int = 9,
        after: Recovery | None = None,
    ) -> list[Recovery]:
        async with stores.identity.identity.begin() as scope:
            found = await scope.factors.due_recoveries(
                tenant_id=tenant_id, now=now, limit=limit, after=after
            )
            return list(found)
