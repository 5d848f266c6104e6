"""Processes know how the others are, and believe nobody who has gone silent."""

from datetime import UTC, datetime

from adapters.memory.health import MemoryHealthReports
from adapters.memory.time import ManualClock, ManualSleeper
from bootstrap.health import HealthBoard
from bootstrap.jobs import Jobs
from bootstrap.others import SILENT_S, OtherProcesses
from bootstrap.roles import BACKGROUND, Plan, Role
from bootstrap.system import build_system
from ports.health import ComponentState
from tests.unit.sources import ROOT


class Desk:
    """A process that answers and one in the background."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.reports = MemoryHealthReports(clock=self.clock)
        self.api, self.answering = self._process(frozenset({Role.API}))
        self.background, self.working = self._process(BACKGROUND)

    def _process(self, roles: frozenset[Role]) -> tuple[HealthBoard, OtherProcesses]:
        plan = Plan(roles=roles, owns_folder=False)
        board = HealthBoard(clock=self.clock)
        board.declare("database")
        board.set("database", ComponentState.UP)
        # No storage is shared here: each job is its own.
        jobs = Jobs(plan=plan, shared=None, system=build_system(), folder=ROOT)
        others = OtherProcesses(
            plan=plan,
            jobs=jobs,
            board=board,
            reports=self.reports,
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
        )
        return board, others

    def work(self, **states: ComponentState) -> None:
        for name, state in states.items():
            self.background.declare(name, required=name != "kafka_events")
            self.background.set(name, state)

    async def round(self) -> None:
        await self.working.round()
        await self.answering.round()


ALL_UP = {
    "dispatcher": ComponentState.UP,
    "reconciliation": ComponentState.UP,
    "market_feed": ComponentState.UP,
}


def state_of(board: HealthBoard, name: str) -> ComponentState:
    return next(one.state for one in board.components() if one.name == name)


async def test_who_answers_is_ready_once_the_background_works() -> None:
    desk = Desk()
    await desk.answering.round()
    assert not desk.api.is_ready()
    desk.work(**ALL_UP)
    await desk.round()
    assert desk.api.is_ready()
    assert {one.name for one in desk.api.components()} == {*ALL_UP, "database"}


async def test_a_part_that_is_not_required_degrades_and_no_more() -> None:
    desk = Desk()
    desk.work(**ALL_UP, kafka_events=ComponentState.DEGRADED)
    await desk.round()
    assert desk.api.is_ready()
    assert state_of(desk.api, "kafka_events") is ComponentState.DEGRADED


async def test_a_background_that_is_silent_makes_those_who_answer_unready() -> None:
    desk = Desk()
    desk.work(**ALL_UP)
    await desk.round()
    desk.clock.advance(SILENT_S + 1)
    await desk.answering.round()
    assert not desk.api.is_ready()
    assert state_of(desk.api, "dispatcher") is ComponentState.DOWN
    await desk.round()
    assert desk.api.is_ready()


async def test_a_part_that_fails_there_fails_here() -> None:
    desk = Desk()
    desk.work(**ALL_UP)
    desk.background.set("dispatcher", ComponentState.DOWN, detail="ended")
    await desk.round()
    assert not desk.api.is_ready()
