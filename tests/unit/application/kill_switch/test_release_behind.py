"""A release answers at once, and trading goes on only once the books were compared."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from adapters.memory.stops import MemoryStopChannel
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    ChecklistOpen,
    NothingEngaged,
    NotReconciled,
    Released,
    ReleaseKill,
    Releasing,
)
from application.kill_switch.finish import FinishKill
from application.kill_switch.finish_releases import HOLDS, FinishReleases
from application.kill_switch.release import Release
from domain.accounts.account import Account
from domain.kill_switch.checklist import QUESTIONS
from domain.kill_switch.latch import Latch, Level, Scope
from ports.storage import StorageUnavailable
from tests.rig import Rig


@dataclass(slots=True)
class Books:
    """What compares the books: hangs until it is let go, or says what disagrees."""

    problem: str | None = None
    slow: bool = True
    asked: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _accounts: Sequence[Account]) -> str | None:
        self.asked += 1
        if self.slow:
            await self.go.wait()
        return self.problem


async def _stopped(rig: Rig, *, flatten: bool = False) -> Latch:
    done = await rig.activate(
        ActivateKill(tenant_id=rig.tenant_id, actor="user:a", reason="a test", flatten=flatten)
    )
    assert isinstance(done, Activated)
    finish = FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=rig.flatten,
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )
    await finish.round()
    return done.latch


def _release(rig: Rig, books: Books) -> Release:
    return Release(
        context=rig.kill_context,
        passcode=rig.passcode,
        directory=rig.directory,
        check_books=books,
        cancel=rig.cancel,
        channel=MemoryStopChannel(),
    )


def _finisher(rig: Rig, books: Books) -> FinishReleases:
    return FinishReleases(
        release=_release(rig, books),
        sleeper=rig.sleeper,
        on_held=lambda _, problem: rig.failures.append(RuntimeError(problem)),
    )


def _command(rig: Rig, **more: object) -> ReleaseKill:
    asked = {"tenant_id": rig.tenant_id, "actor": "user:b", "reason": "well", "answer_s": 0.0}
    return ReleaseKill(**(asked | more))  # type: ignore[arg-type]  # one dict of several types


async def _level(rig: Rig) -> Level | None:
    engaged = await rig.latches.engaged(tenant_id=rig.tenant_id)
    return engaged[0].level if engaged else None


async def test_a_venue_that_is_slow_is_waited_for_behind_the_answer() -> None:
    rig, books = Rig(), Books()
    latch = await _stopped(rig)
    said = await _release(rig, books)(_command(rig))
    assert isinstance(said, Releasing)
    assert said.to_confirm == ("the books of 1 account(s) at paper agree with its own",)
    assert await _level(rig) is Level.HALTED
    working = asyncio.ensure_future(_finisher(rig, books).round())
    for _ in range(20):
        await asyncio.sleep(0)
    assert await _level(rig) is Level.HALTED
    books.go.set()
    await working
    assert await _level(rig) is None
    stored = rig.database.latches[latch.id]
    assert (stored.released_by, stored.releasing) == ("user:b", None)
    actions = [one.action for one in rig.database.audit]
    assert actions[-2:] == ["kill_switch.release_asked", "kill_switch.release"]


async def test_books_that_disagree_keep_it_stopped_until_it_lapses() -> None:
    rig, books = Rig(), Books()
    await _stopped(rig)
    await _release(rig, books)(_command(rig))
    books.slow, books.problem = False, "AAPL differs"
    await _finisher(rig, books).round()
    assert await _level(rig) is Level.HALTED
    assert str(rig.failures[-1]) == "AAPL differs"
    rig.clock.advance((HOLDS + timedelta(seconds=1)).total_seconds())
    books.problem = None
    await _finisher(rig, books).round()
    assert await _level(rig) is Level.HALTED
    assert rig.database.audit[-1].action == "kill_switch.release_lapsed"
    asked = books.asked
    await _finisher(rig, books).round()
    assert books.asked == asked


async def test_another_process_finishes_what_one_that_died_was_asked() -> None:
    rig, books = Rig(), Books()
    await _stopped(rig)
    await _release(rig, books)(_command(rig, to=Level.REDUCING, answers=_yes()))
    await _finisher(rig.twin(seed=2), Books(slow=False)).round()
    assert await _level(rig) is Level.REDUCING


async def test_a_stop_after_the_asking_holds_whatever_is_released() -> None:
    rig, books = Rig(), Books()
    await _stopped(rig)
    await _release(rig, books)(_command(rig))
    await _stopped(rig)
    await _finisher(rig, Books(slow=False)).round()
    assert await _level(rig) is Level.HALTED


async def test_one_that_another_released_meanwhile_is_pending_no_more() -> None:
    rig, books = Rig(), Books()
    latch = await _stopped(rig)
    await _release(rig, books)(_command(rig))
    pending = rig.database.latches[latch.id].releasing
    off = replace(latch, released_at=rig.clock.now(), released_by="x", releasing=pending)
    rig.database.latches[latch.id] = off
    await _finisher(rig, Books(slow=False)).round()
    assert not await rig.latches.releasing()
    assert rig.database.latches[latch.id].released_by == "x"


async def test_the_books_that_disagree_at_once_refuse_it_at_once() -> None:
    rig = Rig()
    await _stopped(rig)
    books = Books(slow=False, problem="AAPL differs")
    said = await _release(rig, books)(_command(rig, answer_s=5.0))
    assert said == NotReconciled(problem="AAPL differs")
    assert not await rig.latches.releasing()


async def test_who_asked_what_they_answered_and_how_far_are_recorded() -> None:
    rig, books = Rig(), Books()
    latch = await _stopped(rig)
    asked = _command(rig, to=Level.REDUCING, answers=_yes(), trace_id="t1")
    assert isinstance(await _release(rig, books)(asked), Releasing)
    pending = rig.database.latches[latch.id].releasing
    assert pending is not None
    assert (pending.actor, pending.reason, pending.trace_id) == ("user:b", "well", "t1")
    assert (pending.to, pending.answered) == (Level.REDUCING, tuple(sorted(QUESTIONS)))
    await _finisher(rig, Books(slow=False)).round()
    entries = {one.action: one for one in rig.database.audit}
    for action in ("kill_switch.release_asked", "kill_switch.release"):
        said = entries[action]
        assert (said.actor, said.trace_id, said.reason) == ("user:b", "t1", "well")
        assert dict(said.detail)["checklist"] == ",".join(sorted(QUESTIONS))
    assert entries["kill_switch.release"].after == (("state", "reducing"),)
    # Let down as far already, there is nothing left to ask for.
    assert await _release(rig, books)(asked) == NothingEngaged()


async def test_what_is_not_answered_is_named_and_nothing_is_released() -> None:
    rig, books = Rig(), Books(slow=False)
    await _stopped(rig)
    first, *rest = QUESTIONS
    for answers, missing in (
        ({}, tuple(QUESTIONS)),
        ({**dict.fromkeys(rest, True), first: False}, (first,)),
    ):
        said = await _release(rig, books)(_command(rig, answers=answers))
        assert isinstance(said, ChecklistOpen)
        assert sorted(said.items) == sorted(missing)
    assert await _level(rig) is Level.HALTED


async def test_a_release_that_lapsed_is_pending_no_more_and_may_be_asked_anew() -> None:
    rig, books = Rig(), Books()
    latch = await _stopped(rig)
    await _release(rig, books)(_command(rig))
    pending = rig.database.latches[latch.id].releasing
    assert pending is not None
    await _release(rig, books).lapse(rig.database.latches[latch.id], pending=pending)
    assert rig.database.latches[latch.id].releasing is None
    assert not await rig.latches.releasing()
    said = rig.database.audit[-1]
    assert (said.action, said.actor, said.after) == (
        "kill_switch.release_lapsed",
        "user:b",
        (),
    )
    told = rig.database.notices[-1]
    assert (told.type, told.subject) == ("kill_switch.release_lapsed", str(latch.id))
    assert len({one.id for one in rig.database.notices}) == len(rig.database.notices)
    assert all(isinstance(one.id, UUID) for one in rig.database.notices)


async def test_one_asked_for_again_takes_the_place_of_the_first() -> None:
    rig, books = Rig(), Books()
    await _stopped(rig)
    await _release(rig, books)(_command(rig))
    await _release(rig, books)(_command(rig, to=Level.REDUCING, answers=_yes()))
    await _finisher(rig, Books(slow=False)).round()
    assert await _level(rig) is Level.REDUCING


async def test_a_crash_between_the_release_and_the_end_of_a_flattening_is_finished() -> None:
    rig, books = Rig(), Books(slow=False)
    rig.broker.holding = {"AAPL": Decimal(10)}
    latch = await _stopped(rig, flatten=True)
    (order,) = (await rig.stored()).orders.values()
    close = rig.barrier.close

    async def crash(scope: Scope) -> None:
        raise StorageUnavailable(f"gone: {scope}")

    rig.barrier.close = crash  # type: ignore[method-assign]  # the process dies here
    said = await _release(rig, books)(_command(rig, cancel_flatten=True, answer_s=5.0))
    rig.barrier.close = close  # type: ignore[method-assign]  # and lives again
    assert isinstance(said, Released)
    assert not (await rig.now(order)).is_closed
    assert [one.id for one in await rig.latches.releasing()] == [latch.id]
    await _finisher(rig, books).round()
    assert (await rig.now(order)).is_closed
    assert not await rig.latches.releasing()


def _yes() -> dict[str, bool]:
    return dict.fromkeys(QUESTIONS, True)
