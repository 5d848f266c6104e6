"""What every adapter of Passcodes promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.kill_switch.passcode import Passcode
from tests import builders
from tests.contracts.storage import Storage, StorageContract


class PasscodesContract(StorageContract):
    """The promises of Passcodes."""

    async def test_there_is_none_at_first(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        assert await storage.passcodes.load(tenant_id=tenant_id) is None

    async def test_the_latest_state_is_kept_with_its_audit(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        audit = builders.audit(tenant_id=tenant_id, action="kill_switch.set_passcode")
        states = (
            (Passcode(tenant_id=tenant_id, hash="$argon2id$1"), audit),
            (Passcode(tenant_id=tenant_id, hash="$argon2id$1", failures=4), None),
            (
                Passcode(tenant_id=tenant_id, hash="$argon2id$1", locked_until=builders.AT),
                None,
            ),
            (Passcode(tenant_id=tenant_id, hash="$argon2id$2"), None),
        )
        for passcode, entry in states:
            await storage.passcodes.store(passcode=passcode, audit=entry)
            assert await storage.passcodes.load(tenant_id=tenant_id) == passcode
        assert list(await storage.audits(tenant_id)) == [audit]

    async def test_each_tenant_has_its_own(self, storage: Storage) -> None:
        ours, theirs = (await storage.home()).tenant_id, (await storage.home()).tenant_id
        passcode = Passcode(tenant_id=ours, hash="$argon2id$1")
        await storage.passcodes.store(passcode=passcode, audit=None)
        assert await storage.passcodes.load(tenant_id=theirs) is None

    async def test_failures_side_by_side_are_all_counted_and_lock(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        passcode = Passcode(tenant_id=tenant_id, hash="$argon2id$1")
        await storage.passcodes.store(passcode=passcode, audit=None)
        until = builders.AT + timedelta(minutes=15)

        async def fail(times: int) -> None:
            fails = [
                storage.passcodes.failed(passcode=passcode, failures_max=5, locked_until=until)
                for _ in range(times)
            ]
            await asyncio.gather(*fails)

        await fail(4)
        loaded = await storage.passcodes.load(tenant_id=tenant_id)
        assert loaded == replace(passcode, failures=4)
        await fail(1)
        loaded = await storage.passcodes.load(tenant_id=tenant_id)
        assert loaded == replace(passcode, locked_until=until)

    async def test_a_failure_of_an_earlier_passcode_is_not_counted(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        old = Passcode(tenant_id=tenant_id, hash="$argon2id$1")
        new = Passcode(tenant_id=tenant_id, hash="$argon2id$2")
        await storage.passcodes.store(passcode=new, audit=None)
        await storage.passcodes.failed(passcode=old, failures_max=5, locked_until=builders.AT)
        assert await storage.passcodes.load(tenant_id=tenant_id) == new
