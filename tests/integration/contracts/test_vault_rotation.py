"""Keys in Vault are turned over with Postgres between, through Vault's moods."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from application.secrets.turn_over import TurnedOver
from bootstrap.secrets.open_keys import open_keys
from bootstrap.settings.secret_sections import SecretsSettings, VaultSettings
from bootstrap.settings.sections import Settings
from domain.secrets.address import RowAddress
from ports.secrets import KeysUnavailable, SealedRow
from tests.fakes.vault import ROLE_ID, SECRET_ID, FakeVault, vault_running
from tests.torture.bound import add_tenants
from tests.waiting import eventually

ROWS = 20


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with vault_running() as vault:
        yield vault


async def test_a_rotation_in_vault_survives_its_troubles(
    vault: FakeVault, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        profile="cluster",
        database_url=database_url,
        data_dir=tmp_path,
        secrets=SecretsSettings(source="vault"),
        vault=VaultSettings(url=vault.url, role_id=ROLE_ID, secret_id=SECRET_ID),
    )
    connection = await asyncpg.connect(database_url)
    (tenant_id,) = await add_tenants(connection, 1)
    await connection.close()
    rows = [
        RowAddress(tenant_id=tenant_id, table="api_keys", column="credentials", row=str(number))
        for number in range(ROWS)
    ]

    def broken(done: TurnedOver) -> None:
        # Vault is sealed by its operator in the middle.
        vault.sealed = done.rewrapped >= 6

    async with open_keys(settings) as (parts, storage):
        await parts.vault.refresh()
        for row in rows:
            sealed = await parts.vault.seal(row.row.encode(), row=row)
            await storage.sealed.put(SealedRow(row=row, sealed=sealed))
        with pytest.raises(KeysUnavailable):
            await parts.turn_over(actor="tester", batch=3, say=broken)
        assert dict(await storage.sealed.counts()) == {1: ROWS - 6, 2: 6}
        await parts.vault.refresh()
        assert "sealed" in str(parts.vault.why_sealed)
        keeping = asyncio.create_task(parts.keep.run())
        vault.sealed = False
        await eventually(lambda: parts.vault.why_sealed is None)
        keeping.cancel()
        done = await parts.turn_over(actor="tester", batch=3, say=lambda _: None)
        assert (done.to, done.resumed, done.rewrapped, done.retired) == (2, True, ROWS - 6, [1])
        assert vault.keys["", "ballast"].min_decryption == 1
        await parts.keys.forget(version=1)
    async with open_keys(settings) as (parts, storage):
        tested = await parts.self_test()
        assert (tested.opened, tested.unreadable) == (ROWS, [])
