"""A rotation wraps everything anew, ends where it began wherever it was broken off."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.memory.secrets import MemoryKeyMarks, MemorySealedStore
from adapters.security.key_files import read_key_file
from application.secrets.turn_over import TurnedOver
from domain.secrets.keys import KeyMark, KeyState
from ports.secrets import KeyStale, SealedRow, SecretsSealed
from tests import builders
from tests.secret_rig import SecretRig, place


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
async def rig(tmp_path: Path) -> SecretRig:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    return rig


async def test_everything_is_wrapped_anew_and_the_old_version_retired(rig: SecretRig) -> None:
    made = await rig.fill(7)
    before = {row: await rig.store.get(row) for row, _ in made}
    done = await rig.rotate(batch=3)
    assert (done.to, done.rewrapped, done.retired, done.resumed) == (2, 7, [1], False)
    assert [mark.state for mark in await rig.marks.all()] == [KeyState.RETIRED, KeyState.CURRENT]
    for row, secret in made:
        assert await rig.read(row) == secret
        after, old = await rig.store.get(row), before[row]
        assert after is not None
        assert old is not None
        # The data stays; only its key was wrapped anew.
        assert (after.key_version, after.ciphertext) == (2, old.ciphertext)
        assert after.wrapped_key != old.wrapped_key


async def test_each_rotation_goes_one_version_on(rig: SecretRig) -> None:
    made = await rig.fill(3)
    assert [(await rig.rotate()).to for _ in range(4)] == [2, 3, 4, 5]
    assert [await rig.read(row) for row, _ in made] == [secret for _, secret in made]


async def test_every_tenant_finds_it_in_its_audit(rig: SecretRig) -> None:
    tenants = [builders.tenant() for _ in range(2)]
    rig.database.tenants.update({tenant.id: tenant for tenant in tenants})
    await rig.rotate()
    assert sorted((one.action, one.tenant_id) for one in rig.database.audit) == sorted(
        (f"secret_keys.{what}", tenant.id) for what in ("rotate", "retire") for tenant in tenants
    )
    assert {one.actor for one in rig.database.audit} == {"tester"}


async def test_a_rotation_that_was_broken_off_is_finished_and_no_other_begun(
    rig: SecretRig,
) -> None:
    made = await rig.fill(6)
    told: list[int] = []

    def say(done: TurnedOver) -> None:
        told.append(done.rewrapped)
        raise Killed

    with pytest.raises(Killed):
        await rig.turn_over()(actor="tester", batch=2, say=say)
    assert told == [2]
    other = rig.process()
    await other.vault.refresh()
    assert [await other.read(row) for row, _ in made] == [secret for _, secret in made]
    done = await other.rotate()
    assert (done.to, done.rewrapped, done.retired, done.resumed) == (2, 4, [1], True)
    assert (await other.rotate()).to == 3


async def test_a_key_that_was_made_and_not_begun_is_used_by_the_next(rig: SecretRig) -> None:
    await rig.fill(1)
    await rig.keys.rotate(to=2)
    kept = read_key_file(rig.path)
    assert (await rig.process().rotate()).to == 2
    assert read_key_file(rig.path) == kept


async def test_secrets_that_come_and_go_meanwhile_are_not_lost(rig: SecretRig) -> None:
    made = dict(await rig.fill(40))
    other = rig.process()
    await other.vault.refresh()

    async def busy() -> None:
        for number in range(60):
            row = place(f"late {number}")
            kept = None
            while kept is None:
                sealed = await other.vault.seal(row.row.encode(), row=row)
                try:
                    await other.store.put(SealedRow(row=row, sealed=sealed))
                    kept = sealed
                except KeyStale:
                    await other.vault.refresh()
            made[row] = row.row.encode()
            if number % 3 == 0:
                gone = place(str(number // 3))
                await other.store.erase(gone)
                made.pop(gone, None)
            await asyncio.sleep(0)

    await asyncio.gather(busy(), rig.rotate(batch=3))
    await rig.rotate()
    last = rig.process()
    await last.vault.refresh()
    assert {row: await last.read(row) for row in made} == made
    assert set(await last.store.counts()) == {last.vault.current}


async def test_two_rotations_at_once_are_one(rig: SecretRig) -> None:
    made = await rig.fill(10)
    other = rig.process()
    done = await asyncio.gather(rig.rotate(), other.rotate())
    assert {one.to for one in done} <= {2, 3}
    assert [await rig.read(row) for row, _ in made] == [secret for _, secret in made]
    states = [mark.state for mark in await rig.marks.all()]
    assert states.count(KeyState.CURRENT) == 1


async def test_one_that_another_process_begins_right_now_is_gone_on_with(
    rig: SecretRig,
) -> None:
    await rig.fill(3)
    other = rig.process()
    await other.vault.refresh()

    class Overtaken(MemoryKeyMarks):
        """Another process begins between our look at the vault and at the marks."""

        async def all(self) -> Sequence[KeyMark]:
            if len(marks := await MemoryKeyMarks.all(self)) == 1:
                await other.turn_over()._begin(actor="other")
                marks = await MemoryKeyMarks.all(self)
            return marks

    turn_over = replace(rig.turn_over(), marks=Overtaken(rig.marks.link))
    done = await turn_over(actor="tester", batch=2, say=lambda _: None)
    assert (done.to, done.resumed, done.rewrapped, done.retired) == (2, True, 3, [1])


async def test_what_does_not_open_keeps_its_version_and_is_named(rig: SecretRig) -> None:
    made = await rig.fill(5)
    broken = made[2][0]
    sealed = rig.database.secrets[broken]
    rig.database.secrets[broken] = replace(sealed, wrapped_key=sealed.wrapped_key[::-1])
    done = await rig.rotate()
    assert (done.unreadable, done.rewrapped, done.retired) == ([broken], 4, [])
    tested = await rig.self_test()()
    assert (tested.opened, tested.unreadable) == (4, [broken])
    again = await rig.rotate()
    assert (again.to, again.resumed, again.unreadable) == (2, True, [broken])


async def test_without_a_key_nothing_is_turned_over(rig: SecretRig) -> None:
    await rig.fill(1)
    rig.path.unlink()
    with pytest.raises(SecretsSealed):
        await rig.process().rotate()
    with pytest.raises(SecretsSealed):
        await rig.process().self_test()()
    assert len(await rig.marks.all()) == 1


async def test_a_version_that_changes_under_a_batch_is_caught_up_with(
    rig: SecretRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.fill(4)
    other = rig.process()
    replace_all = MemorySealedStore.replace
    overtaken: list[int] = []

    async def overtaking(self: MemorySealedStore, pairs: Any) -> int:
        if not overtaken:
            overtaken.append(1)
            await other.vault.refresh()
            await other.marks.begin(await other.vault.mark(3))
        return await replace_all(self, pairs)

    monkeypatch.setattr(MemorySealedStore, "replace", overtaking)
    done = await rig.rotate()
    assert (done.to, done.retired) == (3, [1, 2])
    assert dict(await rig.store.counts()) == {3: 4}
