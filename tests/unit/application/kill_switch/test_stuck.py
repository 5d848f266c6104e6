"""A venue that answers and takes nothing back is told of as one that does not answer."""

from application.kill_switch.commands import Activated, ActivateKill
from application.kill_switch.finish import STUCK_S, FinishKill
from domain.kill_switch.latch import Latch
from ports.broker import ReportKind
from tests.room import Room
from tests.scripted_broker import report_of


async def _stopped(room: Room) -> tuple[FinishKill, list[str]]:
    """Stop everything, and note what is told of each look at the venue."""
    told: list[str] = []

    async def escalate(latch: Latch, broker: str, problem: Exception | None) -> None:
        told.append("" if problem is None else str(problem))

    done = await room.activate(
        ActivateKill(tenant_id=room.tenant_id, actor="user:test", reason="a test")
    )
    assert isinstance(done, Activated)
    finish = FinishKill(
        context=room.kill_context,
        directory=room.directory,
        cancel=room.cancel,
        flatten=room.flatten,
        wakeup=room.run_dispatch.wakeup,
        on_failure=lambda _, problem: room.failures.append(problem),
        escalate=escalate,
    )
    return finish, told


async def _look(finish: FinishKill, room: Room, *, seconds: float) -> None:
    for _ in range(int(seconds)):
        await finish.round()
        room.clock.advance(1)


async def test_a_venue_at_which_an_order_stays_open_is_told_of() -> None:
    room = Room()
    await room.sent()
    finish, told = await _stopped(room)
    await _look(finish, room, seconds=STUCK_S)
    assert set(told) == {""}
    await _look(finish, room, seconds=5)
    assert told[-1].endswith("still open in our books: 1")
    assert room.failures == []


async def test_a_venue_that_goes_on_is_given_its_time_for_each_step() -> None:
    room = Room()
    orders = [await room.sent() for _ in range(4)]
    finish, told = await _stopped(room)
    for order in orders:
        await _look(finish, room, seconds=STUCK_S - 2)
        await room.apply(
            tenant_id=room.tenant_id,
            account_id=room.account_id,
            report=report_of(await room.now(order), ReportKind.CANCELED),
            heard=None,
        )
    await _look(finish, room, seconds=3)
    assert set(told) == {""}
