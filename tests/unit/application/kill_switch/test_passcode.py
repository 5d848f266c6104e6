"""A passcode guards the switch; failures lock the release and never the activation."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.kill_switch.check_passcode import FAILURES_MAX, LOCKED_FOR
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    PasscodeRefused,
    PasscodeSet,
    SetPasscode,
)
from domain.shared.values import InvalidValue
from ports.identity import HasherBusy
from tests.rig import Rig

RIGHT = "13572468"
WRONG = "00000000"


class BusyHasher:
    """More wait for it than may."""

    async def hash(self, password: str) -> str:
        """Refuse."""
        raise HasherBusy

    async def verify(self, *, password: str, hash: str) -> bool:
        """Refuse."""
        raise HasherBusy

    def is_outdated(self, hash: str) -> bool:
        """Tell nothing."""
        return False


async def _set(rig: Rig, passcode: str = RIGHT, *, current: str | None = None) -> object:
    return await rig.passcode.set(
        SetPasscode(tenant_id=rig.tenant_id, actor="user:test", passcode=passcode, current=current)
    )


async def _try(rig: Rig, given: str | None) -> PasscodeRefused | None:
    return await rig.passcode.for_release(tenant_id=rig.tenant_id, given=given, actor="user:test")


async def test_without_a_passcode_nothing_is_asked_for() -> None:
    rig = Rig()
    assert await _try(rig, None) is None
    assert (
        await rig.passcode.for_activation(tenant_id=rig.tenant_id, given=None, actor="user:test")
        is None
    )


async def test_only_the_right_passcode_opens() -> None:
    rig = Rig()
    assert await _set(rig) == PasscodeSet()
    assert await _try(rig, RIGHT) is None
    assert await _try(rig, WRONG) == PasscodeRefused(problem="the passcode is wrong", is_wrong=True)
    missing = await _try(rig, None)
    assert missing is not None
    assert "must be given" in missing.problem


@pytest.mark.parametrize(
    "passcode", ["", "1234567", "1" * 65, "1234567a", "１２３４５６７８", "12345678\n"]
)
async def test_a_passcode_is_eight_to_sixtyfour_digits(passcode: str) -> None:
    with pytest.raises(InvalidValue):
        await _set(Rig(), passcode)


async def test_it_is_kept_as_a_hash_and_its_setting_is_audited() -> None:
    rig = Rig()
    await _set(rig)
    kept = rig.database.passcodes[rig.tenant_id]
    assert RIGHT not in repr(kept)
    (entry,) = rig.database.audit
    assert (entry.action, entry.subject) == ("kill_switch.set_passcode", str(rig.tenant_id))
    assert RIGHT not in repr(entry)


async def test_five_failures_lock_the_release_for_a_while_even_for_the_right_one() -> None:
    rig = Rig()
    await _set(rig)
    for _ in range(FAILURES_MAX):
        assert await _try(rig, WRONG) is not None
    locked = await _try(rig, RIGHT)
    assert locked == PasscodeRefused(
        problem="too many wrong passcodes", retry_after_s=int(LOCKED_FOR.total_seconds()) + 1
    )
    rig.clock.advance(LOCKED_FOR.total_seconds() - 1)
    assert await _try(rig, RIGHT) is not None
    rig.clock.advance(1)
    assert await _try(rig, RIGHT) is None


async def test_a_success_in_between_clears_the_count() -> None:
    rig = Rig()
    await _set(rig)
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            await _try(rig, WRONG)
        assert await _try(rig, RIGHT) is None


async def test_a_missing_passcode_is_no_failure() -> None:
    rig = Rig()
    await _set(rig)
    for _ in range(2 * FAILURES_MAX):
        await _try(rig, None)
    assert await _try(rig, RIGHT) is None


async def test_tries_made_at_once_are_counted_one_by_one() -> None:
    rig = Rig()
    await _set(rig)
    checking = rig.passcode
    tries = (
        checking.for_release(tenant_id=rig.tenant_id, given=WRONG, actor="user:test")
        for _ in range(4 * FAILURES_MAX)
    )
    said = await asyncio.gather(*tries)
    wrong = [one for one in said if one is not None and one.retry_after_s is None]
    assert len(wrong) == FAILURES_MAX


async def _stop(rig: Rig, given: str | None, *, flatten: bool = False) -> object:
    return await rig.activate(
        ActivateKill(
            tenant_id=rig.tenant_id,
            actor="user:test",
            reason="a test",
            passcode=given,
            flatten=flatten,
        )
    )


async def test_a_halt_needs_no_passcode_and_a_wrong_one_refuses_it() -> None:
    rig = Rig()
    await _set(rig)
    refused = await _stop(rig, WRONG)
    assert isinstance(refused, PasscodeRefused)
    assert refused.is_wrong
    assert rig.database.latches == {}
    for given in (None, RIGHT):
        stopped = await _stop(rig, given)
        assert isinstance(stopped, Activated)
        assert stopped.not_flattened is None


@pytest.mark.parametrize(
    ("given", "flattens"), [(None, False), (RIGHT, True)], ids=["missing", "right"]
)
async def test_flattening_alone_needs_the_passcode(given: str | None, flattens: bool) -> None:
    rig = Rig()
    await _set(rig)
    stopped = await _stop(rig, given, flatten=True)
    assert isinstance(stopped, Activated)
    assert stopped.latch.flatten is flattens
    assert (stopped.not_flattened is None) is flattens
    rig = Rig()
    without = await _stop(rig, None, flatten=True)
    assert isinstance(without, Activated)
    assert without.latch.flatten


@pytest.mark.parametrize("given", [None, WRONG, RIGHT])
async def test_while_tries_are_locked_a_stop_flattens_nothing(given: str | None) -> None:
    rig = Rig()
    await _set(rig)
    for _ in range(FAILURES_MAX):
        await _try(rig, WRONG)
    stopped = await _stop(rig, given, flatten=True)
    assert isinstance(stopped, Activated)
    assert not stopped.latch.flatten
    assert stopped.not_flattened == "too many wrong passcodes"


@pytest.mark.parametrize("flatten", [False, True])
async def test_a_passcode_that_cannot_be_checked_keeps_no_stop_from_happening(
    flatten: bool,
) -> None:
    rig = Rig()
    await _set(rig)
    busy = replace(rig.passcode, hasher=BusyHasher())
    stopped = await replace(rig.activate, passcode=busy)(
        ActivateKill(
            tenant_id=rig.tenant_id, actor="u", reason="r", passcode=RIGHT, flatten=flatten
        )
    )
    assert isinstance(stopped, Activated)
    assert not stopped.latch.flatten
    assert stopped.not_flattened == ("the passcode cannot be checked now" if flatten else None)


async def test_wrong_tries_of_all_kinds_are_counted_together() -> None:
    rig = Rig()
    await _set(rig)
    for _ in range(2):
        await _try(rig, WRONG)
        await _stop(rig, WRONG)
    assert isinstance(await _set(rig, "99999999", current=WRONG), PasscodeRefused)
    locked = await _try(rig, RIGHT)
    assert locked is not None
    assert locked.retry_after_s is not None


@pytest.mark.parametrize("given", [None, WRONG, RIGHT])
async def test_while_tries_are_locked_a_stop_goes_through_and_tells_nothing(
    given: str | None,
) -> None:
    rig = Rig()
    await _set(rig)
    # Whoever has forgotten it is kept from stopping by no more than the tries there are.
    for _ in range(FAILURES_MAX):
        assert isinstance(await _stop(rig, WRONG), PasscodeRefused)
    kept = rig.database.passcodes[rig.tenant_id]
    assert isinstance(await _stop(rig, given), Activated)
    assert rig.database.passcodes[rig.tenant_id] == kept
    assert await _try(rig, RIGHT) is not None


async def test_activations_tried_at_once_are_no_way_to_guess() -> None:
    rig = Rig()
    await _set(rig)
    checking = rig.passcode
    said = await asyncio.gather(
        *(
            checking.for_activation(tenant_id=rig.tenant_id, given=WRONG, actor="user:test")
            for _ in range(4 * FAILURES_MAX)
        )
    )
    assert sum(one is not None and one.is_wrong for one in said) == FAILURES_MAX


async def test_changing_it_needs_the_current_one_and_counts_as_a_try() -> None:
    rig = Rig()
    await _set(rig)
    assert isinstance(await _set(rig, "99999999"), PasscodeRefused)
    for _ in range(FAILURES_MAX):
        assert isinstance(await _set(rig, "99999999", current=WRONG), PasscodeRefused)
    assert isinstance(await _set(rig, "99999999", current=RIGHT), PasscodeRefused)
    rig.clock.advance(LOCKED_FOR.total_seconds())
    assert await _set(rig, "99999999", current=RIGHT) == PasscodeSet()
    assert await _try(rig, "99999999") is None
    assert await _try(rig, RIGHT) is not None


async def test_a_lock_of_a_clock_ahead_lasts_no_longer_than_any() -> None:
    rig = Rig()
    await _set(rig)
    day = timedelta(days=1)
    rig.clock.set_wall(rig.clock.now() + day)
    for _ in range(FAILURES_MAX):
        await _try(rig, WRONG)
    rig.clock.set_wall(rig.clock.now() - day)
    locked = await _try(rig, RIGHT)
    assert locked is not None
    assert locked.retry_after_s == LOCKED_FOR.total_seconds() + 1
    # It does not begin anew with each look.
    rig.clock.advance(LOCKED_FOR.total_seconds() - 1)
    assert await _try(rig, RIGHT) is not None
    rig.clock.advance(1)
    assert await _try(rig, RIGHT) is None
