"""Wrong proofs are counted and written down; a right one cancels a recovery, and says why."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.identity.cancel_recovery import cancel_recovery
from application.identity.factor_tries import ProofRefused
from application.identity.notify import notify
from domain.identity.factors import BackupCode, FactorKind, Recovery
from domain.identity.guessing import TrySource, WrongTry
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.rig import TRACE, Rig, spends

HOUR = timedelta(hours=1)
# A device on which a factor was shown before: it waits for its own wrong codes alone.
HERE = TrySource(network="192.0.2.1", device_id=UUID(int=7), at_home=True)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def recovering(rig: Rig) -> Recovery:
    """Store an open request of the owner to take the factors away."""
    asked = Recovery(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    rig.database.recoveries[asked.id] = asked
    return asked


async def take(rig: Rig, kind: FactorKind | None) -> FactorKind | ProofRefused:
    """Give a proof of a kind, or with None a wrong one."""

    async def work(scope: IdentityScope) -> FactorKind | ProofRefused:
        return await rig.tries.take(
            scope,
            rig.owner,
            spend=spends(kind),
            source=HERE,
            at=rig.clock.now(),
            place="log-in",
            trace_id=TRACE,
        )

    return await rig.within(work)


async def test_a_notice_is_stored_with_an_entry_of_its_own(rig: Rig) -> None:
    async def work(scope: IdentityScope) -> None:
        await notify(scope, rig.owner, kind="plain", deps=rig.deps)
        await notify(
            scope, rig.owner, kind="full", detail=(("a", "b"),), deps=rig.deps, trace_id=TRACE
        )

    rig.clock.advance(5)
    await rig.within(work)
    # Each is compared with the notice that is stored.
    assert rig.fresh() == [
        rig.entry("notice.plain", trace_id=""),
        rig.entry("notice.full", ("a", "b")),
    ]


async def test_a_recovery_is_canceled_once_and_its_user_is_told_why(rig: Rig) -> None:
    asked = recovering(rig)
    rig.clock.advance(60)
    at = rig.clock.now()

    async def work(scope: IdentityScope) -> bool:
        return await cancel_recovery(
            scope, rig.owner, deps=rig.deps, at=at, trace_id=TRACE, why="because"
        )

    assert await rig.within(work) is True
    assert rig.database.recoveries == {asked.id: replace(asked, canceled_at=at)}
    detail = (("recovery", str(asked.id)), ("why", "because"))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *detail),
        rig.entry("notice.recovery_canceled", *detail),
    ]
    assert await rig.within(work) is False
    assert rig.fresh() == []


async def test_a_wrong_proof_is_counted_and_cancels_nothing(rig: Rig) -> None:
    asked = recovering(rig)
    assert await take(rig, None) == ProofRefused()
    assert rig.fresh() == [rig.entry("factor.refused", ("at", "log-in"))]
    assert rig.database.factor_tries == [(rig.owner.id, WrongTry(at=rig.clock.now(), source=HERE))]
    assert rig.database.recoveries == {asked.id: asked}


@pytest.mark.parametrize("kind", [FactorKind.TOTP, FactorKind.PASSKEY])
async def test_a_right_proof_cancels_a_recovery_by_its_name(rig: Rig, kind: FactorKind) -> None:
    asked = recovering(rig)
    assert await take(rig, kind) is kind
    detail = (("recovery", str(asked.id)), ("why", f"{kind.value} shown"))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *detail),
        rig.entry("notice.recovery_canceled", *detail),
    ]
    assert rig.database.factor_tries == []


async def test_a_used_backup_code_tells_how_many_are_left(rig: Rig) -> None:
    for number in range(3):
        code = BackupCode(
            digest=bytes([number]),
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
            created_at=NOW,
            spent_at=NOW if number == 0 else None,
        )
        rig.database.backup_codes[code.digest] = code
    assert await take(rig, FactorKind.BACKUP_CODE) is FactorKind.BACKUP_CODE
    told = rig.entry("notice.backup_code_used", ("left", "2"), ("at", "log-in"))
    assert rig.fresh() == [told]


async def test_the_eleventh_guess_waits_for_the_first_to_be_an_hour_old(rig: Rig) -> None:
    began = rig.clock.now()
    for _ in range(10):
        assert await take(rig, None) == ProofRefused()
        rig.clock.advance(1)
    rig.fresh()
    asked = recovering(rig)
    # Ten seconds after the first.
    assert await take(rig, None) == ProofRefused(retry_after_s=3590)
    assert (len(rig.database.factor_tries), rig.fresh()) == (10, [])
    # A right code has to wait too, and still is a sign of life.
    assert await take(rig, FactorKind.TOTP) == ProofRefused(retry_after_s=3590)
    detail = (("recovery", str(asked.id)), ("why", "totp shown"))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *detail),
        rig.entry("notice.recovery_canceled", *detail),
    ]
    # What nobody guesses need not wait.
    for kind in (FactorKind.PASSKEY, FactorKind.BACKUP_CODE):
        assert await take(rig, kind) is kind
    rig.clock.advance((began + HOUR - rig.clock.now()).total_seconds() - 0.25)
    assert await take(rig, FactorKind.TOTP) == ProofRefused(retry_after_s=1)
    rig.clock.advance(0.25)
    assert await take(rig, FactorKind.TOTP) is FactorKind.TOTP


async def test_guesses_of_others_make_nobody_wait(rig: Rig) -> None:
    other = rig.user("ada@example.com")
    wrong = WrongTry(at=rig.clock.now(), source=HERE)
    rig.database.factor_tries += [(other.id, wrong)] * 10

    async def work(scope: IdentityScope) -> tuple[ProofRefused | None, ProofRefused | None]:
        at = rig.clock.now()
        return (
            await rig.tries.waits(scope, rig.owner, source=HERE, at=at),
            await rig.tries.waits(scope, other, source=HERE, at=at),
        )

    assert await rig.within(work) == (None, ProofRefused(retry_after_s=3600))


async def test_wrong_codes_of_a_clock_ahead_hold_nobody_up_for_longer_than_any(rig: Rig) -> None:
    day = timedelta(days=1)
    rig.clock.set_wall(rig.clock.now() + day)
    for _ in range(rig.tries.limits.tries_hour):
        await take(rig, None)
    rig.clock.set_wall(rig.clock.now() - day)
    waits = await take(rig, FactorKind.TOTP)
    assert isinstance(waits, ProofRefused)
    assert waits.retry_after_s == HOUR.total_seconds()
    rig.clock.advance(HOUR.total_seconds())
    assert await take(rig, FactorKind.TOTP) is FactorKind.TOTP
