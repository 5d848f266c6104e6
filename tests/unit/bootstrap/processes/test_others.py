"""Processes know how the others are, and believe nobody who has gone silent."""

from datetime import UTC, datetime

from adapters.memory.health import MemoryHealthReports
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.telemetry.health import HealthBoard
from bootstrap.all_areas import AREAS
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.others import SILENT_S, OtherProcesses
from bootstrap.processes.roles import BACKGROUND, Plan, Role, needed_by
from bootstrap.settings.brokers import PaperSettings
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system
from bootstrap.tasks import told_by
from ports.health import ComponentState
from tests.unit.sources import ROOT


class Context:
    """A process that answers and one in the background."""

    def __init__(self, *, brokers: tuple[str, ...] = ()) -> None:
        self.brokers = brokers
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.reports = MemoryHealthReports(clock=self.clock)
        self.api, self.answering = self._process(frozenset({Role.API}), version="api's")
        self.background, self.working = self._process(BACKGROUND, version="background's")

    def _process(
        self, roles: frozenset[Role], *, version: str
    ) -> tuple[HealthBoard, OtherProcesses]:
        plan = Plan(roles=roles, owns_folder=False)
        board = HealthBoard(clock=self.clock, needed=needed_by(plan), version=version)
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
            tells=told_by(AREAS, Settings(brokers=dict.fromkeys(self.brokers, PaperSettings()))),
            brokers=self.brokers,
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
    "pattern_engine": ComponentState.UP,
    "strategy_engine": ComponentState.UP,
}


def state_of(board: HealthBoard, name: str) -> ComponentState:
    return next(one.state for one in board.components() if one.name == name)


def shown(board: HealthBoard) -> dict[str, ComponentState]:
    return {one.name: one.state for one in board.components()}


async def test_each_broker_s_parts_are_shown_and_missed_by_name() -> None:
    context = Context(brokers=("second",))
    missed = {*ALL_UP, "dispatcher_second", "reconciliation_second"}
    assert missed <= shown(context.api).keys()
    context.work(broker=ComponentState.UP, broker_second=ComponentState.DOWN)
    await context.round()
    assert state_of(context.api, "broker") is ComponentState.UP
    assert state_of(context.api, "broker_second") is ComponentState.DOWN


async def test_who_answers_is_ready_whatever_the_others_do() -> None:
    context = Context()
    await context.answering.round()
    assert context.api.is_ready()
    # Missed before anybody told of them, and by name.
    assert shown(context.api) == {"database": ComponentState.UP} | dict.fromkeys(
        ALL_UP, ComponentState.STARTING
    )
    context.work(**ALL_UP)
    await context.round()
    assert shown(context.api) == {"database": ComponentState.UP, **ALL_UP}
    context.background.set("dispatcher", ComponentState.DOWN, detail="ended")
    context.background.set("reconciliation", ComponentState.STARTING)
    await context.round()
    assert context.api.is_ready()
    assert shown(context.api)["dispatcher"] is ComponentState.DOWN
    # Whoever does the work is the one that cannot.
    assert not context.background.is_ready()


async def test_a_background_that_is_silent_is_down_for_those_who_answer() -> None:
    context = Context()
    context.work(**ALL_UP, kafka_events=ComponentState.DEGRADED)
    await context.round()
    assert state_of(context.api, "kafka_events") is ComponentState.DEGRADED
    context.clock.advance(SILENT_S + 1)
    await context.answering.round()
    assert context.api.is_ready()
    assert {state_of(context.api, name) for name in ALL_UP} == {ComponentState.DOWN}
    await context.round()
    assert state_of(context.api, "dispatcher") is ComponentState.UP


async def test_who_takes_commands_tells_of_it_and_is_missed() -> None:
    context = Context()
    context.work(**ALL_UP, commands=ComponentState.UP)
    await context.round()
    assert state_of(context.api, "commands") is ComponentState.UP
    context.clock.advance(SILENT_S + 1)
    await context.answering.round()
    assert state_of(context.api, "commands") is ComponentState.DOWN


async def test_each_part_has_the_version_of_the_process_that_does_it() -> None:
    context = Context()
    await context.answering.round()
    versions = {one.name: one.version for one in context.api.components()}
    assert (versions["database"], versions["dispatcher"]) == ("api's", "")
    context.work(**ALL_UP)
    await context.round()
    versions = {one.name: one.version for one in context.api.components()}
    assert (versions["database"], versions["dispatcher"]) == ("api's", "background's")
