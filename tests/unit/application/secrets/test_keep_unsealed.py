"""The keys are looked for again while there are none, and where they are far away."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from application.secrets.keep_unsealed import EVERY_S, ROUNDS_WELL, KeepUnsealed
from ports.storage import StorageUnavailable
from tests.secret_rig import SecretRig


class Rounds:
    """Sleeps not at all, and ends the loop after some rounds."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def sleep(self, seconds: float) -> None:
        """Count a round."""
        assert seconds == EVERY_S
        if self.left == 0:
            raise asyncio.CancelledError
        self.left -= 1


async def kept(rig: SecretRig, *, rounds: int, is_remote: bool = False) -> None:
    """Run the loop for some rounds."""
    keep = KeepUnsealed(vault=rig.vault, sleeper=Rounds(rounds), is_remote=is_remote)
    with suppress(asyncio.CancelledError):
        await keep.run()


async def test_a_key_that_is_brought_back_is_found(tmp_path: Path) -> None:
    first = SecretRig(folder=tmp_path)
    await first.vault.refresh()
    await first.fill(1)
    away = first.path.rename(first.path.with_suffix(".away"))
    rig = first.process()
    await rig.vault.refresh()
    await kept(rig, rounds=3)
    assert rig.vault.why_sealed is not None
    away.rename(first.path)
    await kept(rig, rounds=1)
    assert rig.vault.why_sealed is None


@pytest.mark.parametrize(("is_remote", "sealed"), [(True, True), (False, False)])
async def test_only_keys_far_away_are_asked_for_while_all_is_well(
    tmp_path: Path, is_remote: bool, sealed: bool
) -> None:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    await rig.fill(1)
    rig.path.unlink()
    await kept(rig, rounds=ROUNDS_WELL, is_remote=is_remote)
    assert (rig.vault.why_sealed is not None) is sealed


async def test_a_database_that_is_away_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = SecretRig(folder=tmp_path)

    async def away() -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(rig.vault, "refresh", away)
    await kept(rig, rounds=3)
    assert rig.vault.why_sealed is not None
