"""A venue that answers and takes nothing back is told of as one that does not answer."""

from application.kill_switch.commands import Activated, ActivateKill
from application.kill_switch.finish import STUCK_S, FinishKill
from domain.kill_switch.latch import Latch
from ports.broker import ReportKind
from tests.rig import Rig
from tests.scripted_broker import report_of


async def _stopped(rig: Rig) -> tuple[FinishKill, list[str]]:
    """Stop everything, and note what is told of each look at the venue."""
    told: list[str] = []

    async def escalate(latch: Latch, broker: str, problem: Exception | None) -> None:
        told.append("" if problem is None else str(problem))

    done = await rig.activate(
        ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="a test")
    )
    assert isinstance(done, Activated)
    finish = FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=rig.flatten,
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
        escalate=escalate,
    )
    return finish, told


async def _look(finish: FinishKill, rig: Rig, *, seconds: float) -> None:
    for _ in range(int(seconds)):
        await finish.round()
        rig.clock.advance(1)


async def test_a_venue_at_which_an_order_stays_open_is_told_of() -> None:
    rig = Rig()
    await rig.sent()
    finish, told = await _stopped(rig)
    await _look(finish, rig, seconds=STUCK_S)
    assert set(told) == {""}
    await _look(finish, rig, seconds=5)
    assert told[-1].endswith("still open in our books: 1")
    assert rig.failures == []


async def test_a_venue_that_goes_on_is_given_its_time_for_each_step() -> None:
    rig = Rig()
    orders = [await rig.sent() for _ in range(4)]
    finish, told = await _stopped(rig)
    for order in orders:
        await _look(finish, rig, seconds=STUCK_S - 2)
        await rig.apply(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            report=report_of(await rig.now(order), ReportKind.CANCELED),
            heard=None,
        )
    await _look(finish, rig, seconds=3)
    assert set(told) == {""}
