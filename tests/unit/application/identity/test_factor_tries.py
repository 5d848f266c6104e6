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
from tests.unit.application.identity.room import TRACE, Room, spends

HOUR = timedelta(hours=1)
# A device on which a factor was shown before: it waits for its own wrong codes alone.
HERE = TrySource(network="192.0.2.1", device_id=UUID(int=7), at_home=True)


@pytest.fixture
def room() -> Room:
    return Room()


def recovering(room: Room) -> Recovery:
    """Store an open request of the owner to take the factors away."""
    asked = Recovery(
        id=room.ids.new(),
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    room.database.recoveries[asked.id] = asked
    return asked


async def take(room: Room, kind: FactorKind | None) -> FactorKind | ProofRefused:
    """Give a proof of a kind, or with None a wrong one."""

    async def work(scope: IdentityScope) -> FactorKind | ProofRefused:
        return await room.tries.take(
            scope,
            room.owner,
            spend=spends(kind),
            source=HERE,
            at=room.clock.now(),
            place="log-in",
            trace_id=TRACE,
        )

    return await room.within(work)


async def test_a_notice_is_stored_with_an_entry_of_its_own(room: Room) -> None:
    async def work(scope: IdentityScope) -> None:
        await notify(scope, room.owner, kind="plain", deps=room.deps)
        await notify(
            scope, room.owner, kind="full", detail=(("a", "b"),), deps=room.deps, trace_id=TRACE
        )

    room.clock.advance(5)
    await room.within(work)
    # Each is compared with the notice that is stored.
    assert room.fresh() == [
        room.entry("notice.plain", trace_id=""),
        room.entry("notice.full", ("a", "b")),
    ]


async def test_a_recovery_is_canceled_once_and_its_user_is_told_why(room: Room) -> None:
    asked = recovering(room)
    room.clock.advance(60)
    at = room.clock.now()

    async def work(scope: IdentityScope) -> bool:
        return await cancel_recovery(
            scope, room.owner, deps=room.deps, at=at, trace_id=TRACE, why="because"
        )

    assert await room.within(work) is True
    assert room.database.recoveries == {asked.id: replace(asked, canceled_at=at)}
    detail = (("recovery", str(asked.id)), ("why", "because"))
    assert room.fresh() == [
        room.entry("recovery.cancel", *detail),
        room.entry("notice.recovery_canceled", *detail),
    ]
    assert await room.within(work) is False
    assert room.fresh() == []


async def test_a_wrong_proof_is_counted_and_cancels_nothing(room: Room) -> None:
    asked = recovering(room)
    assert await take(room, None) == ProofRefused()
    assert room.fresh() == [room.entry("factor.refused", ("at", "log-in"))]
    assert room.database.factor_tries == [
        (room.owner.id, WrongTry(at=room.clock.now(), source=HERE))
    ]
    assert room.database.recoveries == {asked.id: asked}


@pytest.mark.parametrize("kind", [FactorKind.TOTP, FactorKind.PASSKEY])
async def test_a_right_proof_cancels_a_recovery_by_its_name(room: Room, kind: FactorKind) -> None:
    asked = recovering(room)
    assert await take(room, kind) is kind
    detail = (("recovery", str(asked.id)), ("why", f"{kind.value} shown"))
    assert room.fresh() == [
        room.entry("recovery.cancel", *detail),
        room.entry("notice.recovery_canceled", *detail),
    ]
    assert room.database.factor_tries == []


async def test_a_used_backup_code_tells_how_many_are_left(room: Room) -> None:
    for number in range(3):
        code = BackupCode(
            digest=bytes([number]),
            tenant_id=room.tenant.id,
            user_id=room.owner.id,
            created_at=NOW,
            spent_at=NOW if number == 0 else None,
        )
        room.database.backup_codes[code.digest] = code
    assert await take(room, FactorKind.BACKUP_CODE) is FactorKind.BACKUP_CODE
    told = room.entry("notice.backup_code_used", ("left", "2"), ("at", "log-in"))
    assert room.fresh() == [told]


async def test_the_eleventh_guess_waits_for_the_first_to_be_an_hour_old(room: Room) -> None:
    began = room.clock.now()
    for _ in range(10):
        assert await take(room, None) == ProofRefused()
        room.clock.advance(1)
    room.fresh()
    asked = recovering(room)
    # Ten seconds after the first.
    assert await take(room, None) == ProofRefused(retry_after_s=3590)
    assert (len(room.database.factor_tries), room.fresh()) == (10, [])
    # A right code has to wait too, and still is a sign of life.
    assert await take(room, FactorKind.TOTP) == ProofRefused(retry_after_s=3590)
    detail = (("recovery", str(asked.id)), ("why", "totp shown"))
    assert room.fresh() == [
        room.entry("recovery.cancel", *detail),
        room.entry("notice.recovery_canceled", *detail),
    ]
    # What nobody guesses need not wait.
    for kind in (FactorKind.PASSKEY, FactorKind.BACKUP_CODE):
        assert await take(room, kind) is kind
    room.clock.advance((began + HOUR - room.clock.now()).total_seconds() - 0.25)
    assert await take(room, FactorKind.TOTP) == ProofRefused(retry_after_s=1)
    room.clock.advance(0.25)
    assert await take(room, FactorKind.TOTP) is FactorKind.TOTP


async def test_guesses_of_others_make_nobody_wait(room: Room) -> None:
    other = room.user("ada@example.com")
    wrong = WrongTry(at=room.clock.now(), source=HERE)
    room.database.factor_tries += [(other.id, wrong)] * 10

    async def work(scope: IdentityScope) -> tuple[ProofRefused | None, ProofRefused | None]:
        at = room.clock.now()
        return (
            await room.tries.waits(scope, room.owner, source=HERE, at=at),
            await room.tries.waits(scope, other, source=HERE, at=at),
        )

    assert await room.within(work) == (None, ProofRefused(retry_after_s=3600))


async def test_wrong_codes_of_a_clock_ahead_hold_nobody_up_for_longer_than_any(room: Room) -> None:
    day = timedelta(days=1)
    room.clock.set_wall(room.clock.now() + day)
    for _ in range(room.tries.limits.tries_hour):
        await take(room, None)
    room.clock.set_wall(room.clock.now() - day)
    waits = await take(room, FactorKind.TOTP)
    assert isinstance(waits, ProofRefused)
    assert waits.retry_after_s == HOUR.total_seconds()
    room.clock.advance(HOUR.total_seconds())
    assert await take(room, FactorKind.TOTP) is FactorKind.TOTP
