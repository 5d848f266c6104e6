"""Readiness follows the required parts, and nothing else."""

from datetime import UTC, datetime, timedelta

from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from bootstrap.processes.roles import BACKGROUND, Plan, Role, needed_by
from ports.health import ComponentState

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_nothing_is_ready_before_every_required_part_came_up() -> None:
    board = HealthBoard(clock=ManualClock(NOW))
    assert not board.is_ready()
    board.declare("database")
    board.declare("dispatcher")
    board.declare("redis", required=False)
    board.set("database", ComponentState.UP)
    assert not board.is_ready()
    board.set("dispatcher", ComponentState.DEGRADED, detail="slow")
    assert board.is_ready()
    board.set("redis", ComponentState.DOWN)
    assert board.is_ready()


def test_each_way_of_being_unwell_makes_a_required_part_unready() -> None:
    board = HealthBoard(clock=ManualClock(NOW))
    board.declare("database")
    for state in (ComponentState.DOWN, ComponentState.STOPPED, ComponentState.STARTING):
        board.set("database", state)
        assert not board.is_ready()


def test_who_answers_waits_for_its_database_and_for_what_looks_at_it_alone() -> None:
    needed = needed_by(Plan(roles=frozenset({Role.API})))
    assert needed is not None
    assert needed == needed_by(Plan())
    assert needed_by(Plan(roles=BACKGROUND)) is None
    board = HealthBoard(clock=ManualClock(NOW), needed=needed)
    board.declare("database")
    board.declare("monitor")
    for name in ("dispatcher", "reconciliation", "secrets", "market", "relay"):
        board.declare(name)
        board.set(name, ComponentState.DOWN)
    assert not board.is_ready()
    board.set("database", ComponentState.UP)
    assert not board.is_ready()
    board.set("monitor", ComponentState.UP)
    assert board.is_ready()
    assert {one.name for one in board.components() if one.required} == {"database", "monitor"}
    board.set("database", ComponentState.DOWN)
    assert not board.is_ready()


def test_a_stopping_process_is_never_ready_again() -> None:
    board = HealthBoard(clock=ManualClock(NOW))
    board.declare("database")
    board.set("database", ComponentState.UP)
    board.stop()
    board.set("database", ComponentState.UP)
    assert not board.is_ready()


def test_a_state_keeps_its_time_until_it_changes() -> None:
    clock = ManualClock(NOW)
    board = HealthBoard(clock=clock)
    board.declare("b")
    board.declare("a")
    clock.advance(1)
    board.set("a", ComponentState.DOWN, detail="first reason")
    clock.advance(1)
    board.set("a", ComponentState.DOWN, detail="x" * 1_000)
    one, two = board.components()
    assert (one.name, two.name) == ("a", "b")
    assert one.since == NOW + timedelta(seconds=1)
    assert one.detail == "x" * 500
