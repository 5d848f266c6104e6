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
from tests.room import Room


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


async def _stopped(room: Room, *, flatten: bool = False) -> Latch:
    done = await room.activate(
        ActivateKill(tenant_id=room.tenant_id, actor="user:a", reason="a test", flatten=flatten)
    )
    assert isinstance(done, Activated)
    finish = FinishKill(
        context=room.kill_context,
        directory=room.directory,
        cancel=room.cancel,
        flatten=room.flatten,
        wakeup=room.run_dispatch.wakeup,
        on_failure=lambda _, problem: room.failures.append(problem),
    )
    await finish.round()
    return done.latch


def _release(room: Room, books: Books) -> Release:
    return Release(
        context=room.kill_context,
        passcode=room.passcode,
        directory=room.directory,
        check_books=books,
        cancel=room.cancel,
        channel=MemoryStopChannel(),
    )


def _finisher(room: Room, books: Books) -> FinishReleases:
    return FinishReleases(
        release=_release(room, books),
        sleeper=room.sleeper,
        on_held=lambda _, problem: room.failures.append(RuntimeError(problem)),
    )


def _command(room: Room, **more: object) -> ReleaseKill:
    asked = {"tenant_id": room.tenant_id, "actor": "user:b", "reason": "well", "answer_s": 0.0}
    return ReleaseKill(**(asked | more))  # type: ignore[arg-type]  # one dict of several types


async def _level(room: Room) -> Level | None:
    engaged = await room.latches.engaged(tenant_id=room.tenant_id)
    return engaged[0].level if engaged else None


async def test_a_venue_that_is_slow_is_waited_for_behind_the_answer() -> None:
    room, books = Room(), Books()
    latch = await _stopped(room)
    said = await _release(room, books)(_command(room))
    assert isinstance(said, Releasing)
    assert said.to_confirm == ("the books of 1 account(s) at paper agree with its own",)
    assert await _level(room) is Level.HALTED
    working = asyncio.ensure_future(_finisher(room, books).round())
    for _ in range(20):
        await asyncio.sleep(0)
    assert await _level(room) is Level.HALTED
    books.go.set()
    await working
    assert await _level(room) is None
    stored = room.database.latches[latch.id]
    assert (stored.released_by, stored.releasing) == ("user:b", None)
    actions = [one.action for one in room.database.audit]
    assert actions[-2:] == ["kill_switch.release_asked", "kill_switch.release"]


async def test_books_that_disagree_keep_it_stopped_until_it_lapses() -> None:
    room, books = Room(), Books()
    await _stopped(room)
    await _release(room, books)(_command(room))
    books.slow, books.problem = False, "AAPL differs"
    await _finisher(room, books).round()
    assert await _level(room) is Level.HALTED
    assert str(room.failures[-1]) == "AAPL differs"
    room.clock.advance((HOLDS + timedelta(seconds=1)).total_seconds())
    books.problem = None
    await _finisher(room, books).round()
    assert await _level(room) is Level.HALTED
    assert room.database.audit[-1].action == "kill_switch.release_lapsed"
    asked = books.asked
    await _finisher(room, books).round()
    assert books.asked == asked


async def test_another_process_finishes_what_one_that_died_was_asked() -> None:
    room, books = Room(), Books()
    await _stopped(room)
    await _release(room, books)(_command(room, to=Level.REDUCING, answers=_yes()))
    await _finisher(room.twin(seed=2), Books(slow=False)).round()
    assert await _level(room) is Level.REDUCING


async def test_a_stop_after_the_asking_holds_whatever_is_released() -> None:
    room, books = Room(), Books()
    await _stopped(room)
    await _release(room, books)(_command(room))
    await _stopped(room)
    await _finisher(room, Books(slow=False)).round()
    assert await _level(room) is Level.HALTED


async def test_one_that_another_released_meanwhile_is_pending_no_more() -> None:
    room, books = Room(), Books()
    latch = await _stopped(room)
    await _release(room, books)(_command(room))
    pending = room.database.latches[latch.id].releasing
    off = replace(latch, released_at=room.clock.now(), released_by="x", releasing=pending)
    room.database.latches[latch.id] = off
    await _finisher(room, Books(slow=False)).round()
    assert not await room.latches.releasing()
    assert room.database.latches[latch.id].released_by == "x"


async def test_the_books_that_disagree_at_once_refuse_it_at_once() -> None:
    room = Room()
    await _stopped(room)
    books = Books(slow=False, problem="AAPL differs")
    said = await _release(room, books)(_command(room, answer_s=5.0))
    assert said == NotReconciled(problem="AAPL differs")
    assert not await room.latches.releasing()


async def test_who_asked_what_they_answered_and_how_far_are_recorded() -> None:
    room, books = Room(), Books()
    latch = await _stopped(room)
    asked = _command(room, to=Level.REDUCING, answers=_yes(), trace_id="t1")
    assert isinstance(await _release(room, books)(asked), Releasing)
    pending = room.database.latches[latch.id].releasing
    assert pending is not None
    assert (pending.actor, pending.reason, pending.trace_id) == ("user:b", "well", "t1")
    assert (pending.to, pending.answered) == (Level.REDUCING, tuple(sorted(QUESTIONS)))
    await _finisher(room, Books(slow=False)).round()
    entries = {one.action: one for one in room.database.audit}
    for action in ("kill_switch.release_asked", "kill_switch.release"):
        said = entries[action]
        assert (said.actor, said.trace_id, said.reason) == ("user:b", "t1", "well")
        assert dict(said.detail)["checklist"] == ",".join(sorted(QUESTIONS))
    assert entries["kill_switch.release"].after == (("state", "reducing"),)
    # Let down as far already, there is nothing left to ask for.
    assert await _release(room, books)(asked) == NothingEngaged()


async def test_what_is_not_answered_is_named_and_nothing_is_released() -> None:
    room, books = Room(), Books(slow=False)
    await _stopped(room)
    first, *rest = QUESTIONS
    for answers, missing in (
        ({}, tuple(QUESTIONS)),
        ({**dict.fromkeys(rest, True), first: False}, (first,)),
    ):
        said = await _release(room, books)(_command(room, answers=answers))
        assert isinstance(said, ChecklistOpen)
        assert sorted(said.items) == sorted(missing)
    assert await _level(room) is Level.HALTED


async def test_a_release_that_lapsed_is_pending_no_more_and_may_be_asked_anew() -> None:
    room, books = Room(), Books()
    latch = await _stopped(room)
    await _release(room, books)(_command(room))
    pending = room.database.latches[latch.id].releasing
    assert pending is not None
    await _release(room, books).lapse(room.database.latches[latch.id], pending=pending)
    assert room.database.latches[latch.id].releasing is None
    assert not await room.latches.releasing()
    said = room.database.audit[-1]
    assert (said.action, said.actor, said.after) == (
        "kill_switch.release_lapsed",
        "user:b",
        (),
    )
    told = room.database.notices[-1]
    assert (told.type, told.subject) == ("kill_switch.release_lapsed", str(latch.id))
    assert len({one.id for one in room.database.notices}) == len(room.database.notices)
    assert all(isinstance(one.id, UUID) for one in room.database.notices)


async def test_one_asked_for_again_takes_the_place_of_the_first() -> None:
    room, books = Room(), Books()
    await _stopped(room)
    await _release(room, books)(_command(room))
    await _release(room, books)(_command(room, to=Level.REDUCING, answers=_yes()))
    await _finisher(room, Books(slow=False)).round()
    assert await _level(room) is Level.REDUCING


async def test_a_crash_between_the_release_and_the_end_of_a_flattening_is_finished() -> None:
    room, books = Room(), Books(slow=False)
    room.broker.holding = {"AAPL": Decimal(10)}
    latch = await _stopped(room, flatten=True)
    (order,) = (await room.stored()).orders.values()
    close = room.barrier.close

    async def crash(scope: Scope) -> None:
        raise StorageUnavailable(f"gone: {scope}")

    room.barrier.close = crash  # type: ignore[method-assign]  # the process dies here
    said = await _release(room, books)(_command(room, cancel_flatten=True, answer_s=5.0))
    room.barrier.close = close  # type: ignore[method-assign]  # and lives again
    assert isinstance(said, Released)
    assert not (await room.now(order)).is_closed
    assert [one.id for one in await room.latches.releasing()] == [latch.id]
    await _finisher(room, books).round()
    assert (await room.now(order)).is_closed
    assert not await room.latches.releasing()


def _yes() -> dict[str, bool]:
    return dict.fromkeys(QUESTIONS, True)
