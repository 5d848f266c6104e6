"""What every adapter promises that keeps passkeys and the challenges that they answer."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.audit.entry import NOBODY
from domain.identity.passkey import Passkey, PasskeyChallenge, Purpose
from domain.identity.tenant import User
from ports.transactions import Conflict
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.identity.scope import AT, MINUTE, IdentityStores, user


def passkey(owner: User, **given: Any) -> Passkey:
    """Return a passkey of a user."""
    new = builders.new_id()
    fields: dict[str, Any] = {
        "id": new,
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "credential_id": b"credential of " + new.bytes,
        "public_key": b"\xa1\x01\x02",
        "sign_count": 0,
        "transports": ("internal", "hybrid"),
        "aaguid": UUID("08987058-cadc-4b81-b6e1-30de50dcbe96"),
        "backup_eligible": True,
        "backed_up": False,
        "label": "Ada's phone",
        "created_at": AT,
    }
    return Passkey(**(fields | given))


def challenge(digest: bytes, **given: Any) -> PasskeyChallenge:
    """Return a challenge that anyone may answer."""
    fields: dict[str, Any] = {
        "digest": digest,
        "tenant_id": NOBODY,
        "purpose": Purpose.LOG_IN,
        "user_id": None,
        "bound_to": None,
        "expires_at": AT + timedelta(minutes=5),
    }
    return PasskeyChallenge(**(fields | given))


class PasskeysContract(Contract):
    """Subclasses give `stores` over an empty database."""

    @pytest.fixture
    @abstractmethod
    async def stores(self) -> IdentityStores: ...

    async def test_a_passkey_is_found_by_id_by_credential_and_by_its_user(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        first, second = passkey(owner), passkey(owner, used_at=AT + MINUTE, transports=())
        async with stores.identity.begin() as scope:
            assert await scope.passkeys.add(first)
            assert await scope.passkeys.add(second)
            assert await scope.passkeys.get(first.id) == first
        async with stores.identity.begin() as scope:
            assert await scope.passkeys.get(second.id) == second
            assert await scope.passkeys.get(builders.new_id()) is None
            assert await scope.passkeys.by_credential(first.credential_id) == first
            assert await scope.passkeys.by_credential(first.credential_id[:-1]) is None
            assert list(await scope.passkeys.of(owner.id)) == [first, second]
            assert list(await scope.passkeys.of(builders.new_id())) == []

    async def test_a_credential_is_kept_once_whoever_has_it(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        other = user(owner.tenant_id, email="other@example.com")
        kept = passkey(owner)
        async with stores.identity.begin() as scope:
            assert await scope.users.add(other)
            assert await scope.passkeys.add(kept)
            taken = passkey(other, credential_id=kept.credential_id)
            assert not await scope.passkeys.add(taken)
        async with stores.identity.begin() as scope:
            assert not await scope.passkeys.add(taken)
            assert await scope.passkeys.by_credential(kept.credential_id) == kept
            assert list(await scope.passkeys.of(other.id)) == []

    async def test_an_update_keeps_what_changes_and_a_removal_leaves_nothing(
        self, stores: IdentityStores
    ) -> None:
        owner = await stores.furnish()
        made, beside = passkey(owner), passkey(owner)
        largest = 2**32 - 1
        used = made.used(sign_count=largest, backed_up=True, at=AT + MINUTE).renamed("Desk")
        async with stores.identity.begin() as scope:
            await scope.passkeys.add(made)
            await scope.passkeys.add(beside)
        async with stores.identity.begin() as scope:
            await scope.passkeys.update(used)
        async with stores.identity.begin() as scope:
            assert list(await scope.passkeys.of(owner.id)) == [used, beside]
            await scope.passkeys.remove(made.id)
            assert await scope.passkeys.get(made.id) is None
            await scope.passkeys.update(used)
        async with stores.identity.begin() as scope:
            assert list(await scope.passkeys.of(owner.id)) == [beside]
            assert await scope.passkeys.by_credential(made.credential_id) is None
            assert await scope.passkeys.add(replace(made, id=builders.new_id()))

    async def test_a_challenge_is_taken_once(self, stores: IdentityStores) -> None:
        owner = await stores.furnish()
        bound = challenge(
            b"1",
            tenant_id=owner.tenant_id,
            purpose=Purpose.REGISTER,
            user_id=owner.id,
            bound_to=builders.new_id(),
        )
        open_ = challenge(b"2")
        async with stores.identity.begin() as scope:
            await scope.passkeys.ask(bound)
            await scope.passkeys.ask(open_)
        async with stores.identity.begin() as scope:
            assert await scope.passkeys.take(b"1") == bound
            assert await scope.passkeys.take(b"1") is None
        async with stores.identity.begin() as scope:
            assert await scope.passkeys.take(b"1") is None
            assert await scope.passkeys.take(b"2") == open_
            assert await scope.passkeys.take(b"3") is None

    async def test_a_challenge_comes_back_when_its_taking_does_not_hold(
        self, stores: IdentityStores
    ) -> None:
        async with stores.identity.begin() as scope:
            await scope.passkeys.ask(challenge(b"1"))

        async def fail() -> None:
            async with stores.identity.begin() as scope:
                assert await scope.passkeys.take(b"1") is not None
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        async with stores.identity.begin() as scope:
            assert await scope.passkeys.take(b"1") == challenge(b"1")

    async def test_of_many_at_once_one_gets_the_challenge(self, stores: IdentityStores) -> None:
        async with stores.identity.begin() as scope:
            await scope.passkeys.ask(challenge(b"1"))

        async def take() -> bool:
            while True:
                try:
                    async with stores.identity.begin() as scope:
                        found = await scope.passkeys.take(b"1")
                        await asyncio.sleep(0.002)
                except Conflict:
                    continue
                return found is not None

        taken = await asyncio.gather(*(take() for _ in range(12)))
        assert sorted(taken) == [False] * 11 + [True]
