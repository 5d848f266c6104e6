"""A vault seals under the current key, opens what is whole and in its place, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyState
from domain.secrets.sealed import SECRET_BYTES_MAX, SealedSecret, read_sealed
from ports.secrets import SealedRow, SecretsSealed, SecretUnreadable
from tests.secret_rig import SecretRig, place

SECRET = b"the secret of the broker"
ROW = place("1")


@pytest.fixture
async def rig(tmp_path: Path) -> SecretRig:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    assert rig.vault.why_sealed is None
    return rig


async def test_a_secret_comes_back_and_no_byte_of_it_is_stored(rig: SecretRig) -> None:
    sealed = await rig.vault.seal(SECRET, row=ROW)
    assert SECRET not in sealed.to_bytes()
    assert await rig.vault.open(read_sealed(sealed.to_bytes()), row=ROW) == SECRET


async def test_each_record_has_a_key_and_a_nonce_of_its_own(rig: SecretRig) -> None:
    seals = [await rig.vault.seal(SECRET, row=ROW) for _ in range(20)]
    for part in ("wrapped_key", "nonce", "ciphertext"):
        assert len({getattr(one, part) for one in seals}) == 20


@pytest.mark.parametrize(
    "other",
    [
        place("2"),
        place("1", tenant=2),
        replace(ROW, table="other"),
        replace(ROW, column="other"),
    ],
    ids=["row", "tenant", "table", "column"],
)
async def test_a_secret_opens_nowhere_else(rig: SecretRig, other: RowAddress) -> None:
    sealed = await rig.vault.seal(SECRET, row=ROW)
    with pytest.raises(SecretUnreadable):
        await rig.vault.open(sealed, row=other)
    # The data key of its place, the data of another.
    mine = await rig.vault.seal(SECRET, row=other)
    with pytest.raises(SecretUnreadable):
        await rig.vault.open(replace(sealed, wrapped_key=mine.wrapped_key), row=other)


async def test_no_bit_can_be_changed(rig: SecretRig) -> None:
    stored = (await rig.vault.seal(SECRET, row=ROW)).to_bytes()
    for at in range(len(stored)):
        altered = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
        with pytest.raises((SecretUnreadable, ValueError)):
            await rig.vault.open(read_sealed(altered), row=ROW)


async def test_a_version_that_is_claimed_and_not_its_own_opens_nothing(rig: SecretRig) -> None:
    sealed = await rig.vault.seal(SECRET, row=ROW)
    await rig.store.put(SealedRow(row=ROW, sealed=sealed))
    await rig.rotate()
    now = await rig.store.get(ROW)
    assert now is not None
    assert (now.key_version, now.sealed_version) == (2, 1)
    for wrong in (
        replace(now, key_version=1),
        replace(now, sealed_version=2),
        replace(now, key_version=3),
    ):
        with pytest.raises(SecretUnreadable):
            await rig.vault.open(wrong, row=ROW)


async def test_a_secret_has_a_largest_size(rig: SecretRig) -> None:
    whole = bytes(SECRET_BYTES_MAX)
    assert await rig.vault.open(await rig.vault.seal(whole, row=ROW), row=ROW) == whole
    with pytest.raises(ValueError, match="at most"):
        await rig.vault.seal(whole + b"x", row=ROW)


async def test_the_first_start_makes_the_key_outside_the_database(rig: SecretRig) -> None:
    assert rig.path.stat().st_mode & 0o777 == 0o600
    (mark,) = rig.database.key_marks.values()
    assert (mark.version, mark.state) == (1, KeyState.CURRENT)
    key = json.loads(rig.path.read_text())["keys"]["1"]
    assert key not in repr(rig.database.key_marks) + repr(rig.vault) + repr(rig.keys)


async def test_a_second_process_opens_what_the_first_sealed(rig: SecretRig) -> None:
    ((row, secret),) = await rig.fill(1)
    other = rig.process()
    await other.vault.refresh()
    assert await other.read(row) == secret


async def test_without_its_key_file_a_vault_is_sealed_and_makes_no_other(
    rig: SecretRig,
) -> None:
    ((row, _),) = await rig.fill(1)
    rig.path.rename(rig.path.with_suffix(".away"))
    other = rig.process()
    await other.vault.refresh()
    assert "is missing" in str(other.vault.why_sealed)
    assert not rig.path.exists()
    with pytest.raises(SecretsSealed):
        await other.vault.seal(SECRET, row=ROW)
    with pytest.raises(SecretsSealed):
        await other.read(row)
    rig.path.with_suffix(".away").rename(rig.path)
    await other.vault.refresh()
    assert other.vault.why_sealed is None


async def test_a_lost_key_with_nothing_under_it_is_no_loss(rig: SecretRig) -> None:
    ((row, _),) = await rig.fill(1)
    rig.path.unlink()
    other = rig.process()
    await other.vault.refresh()
    assert other.vault.why_sealed is not None
    # Thrown away with what it opened: then another takes its place.
    await other.store.erase(row)
    await other.vault.refresh()
    assert other.vault.current == 2
    states = [mark.state for mark in await other.marks.all()]
    assert states == [KeyState.RETIRED, KeyState.CURRENT]
    ((row, secret),) = await other.fill(1)
    assert await other.read(row) == secret


async def test_a_wrong_key_is_known_at_the_start_and_never_used(
    rig: SecretRig, tmp_path: Path
) -> None:
    stranger = SecretRig(folder=tmp_path / "other")
    await stranger.vault.refresh()
    rig.path.write_bytes(stranger.path.read_bytes())
    other = rig.process()
    await other.vault.refresh()
    assert "not the one" in str(other.vault.why_sealed)
    with pytest.raises(SecretsSealed):
        await other.vault.seal(SECRET, row=ROW)
    assert rig.path.read_bytes() == stranger.path.read_bytes()


async def test_a_process_that_knows_less_reads_the_keys_again(rig: SecretRig) -> None:
    ((row, secret),) = await rig.fill(1)
    other = rig.process()
    await other.vault.refresh()
    await rig.rotate()
    assert other.vault.current == 1
    assert await other.read(row) == secret
    assert other.vault.current == 2


async def test_a_version_that_nobody_knows_is_not_looked_for_for_ever(rig: SecretRig) -> None:
    sealed: SealedSecret = replace(await rig.vault.seal(SECRET, row=ROW), key_version=9)
    with pytest.raises(SecretUnreadable, match="version 9"):
        await rig.vault.open(sealed, row=ROW)
    assert rig.vault.why_sealed is None


async def test_an_empty_database_takes_the_newest_key_of_its_file(rig: SecretRig) -> None:
    await rig.rotate()
    anew = SecretRig(folder=rig.folder)
    await anew.vault.refresh()
    assert anew.vault.current == 2
