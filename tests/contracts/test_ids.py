"""Every source of ids keeps the promises of ports/ids.py."""

import itertools
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock
from ports.ids import Ids
from ports.time import Clock
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.ports import SimulatedIds, VirtualClock, surroundings
from tests.unit.sources import ROOT

START = datetime(2026, 1, 2, 15, 4, 5, 678_000, tzinfo=UTC)


def _system() -> tuple[Ids, Clock]:
    return UuidV7Ids(), SystemClock()


def _memory() -> tuple[Ids, Clock]:
    clock = ManualClock(START)
    return SeededIds(clock=clock, seed=1), clock


def _simulation() -> tuple[Ids, Clock]:
    clock = VirtualClock(SimulatedLoop(1))
    return SimulatedIds(clock=clock, source=SimulatedLoop(1).source("ids")), clock


@pytest.fixture(params=[_system, _memory, _simulation], ids=["system", "memory", "simulation"])
def source(request: pytest.FixtureRequest) -> tuple[Ids, Clock]:
    made: tuple[Ids, Clock] = request.param()
    return made


def test_ids_are_uuid_version_seven(source: tuple[Ids, Clock]) -> None:
    made = source[0].new()
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_ids_ascend_and_never_repeat(source: tuple[Ids, Clock]) -> None:
    made = [source[0].new() for _ in range(5_000)]
    assert all(earlier < later for earlier, later in itertools.pairwise(made))


def test_an_id_carries_the_clocks_milliseconds(source: tuple[Ids, Clock]) -> None:
    ids, clock = source
    before = clock.now()
    made_ms = ids.new().int >> 80
    after = clock.now()
    # The counter may have run a little ahead of a clock that stands still.
    assert int(before.timestamp() * 1000) - 1 <= made_ms <= int(after.timestamp() * 1000) + 2


def test_two_sources_do_not_make_the_same_ids() -> None:
    clock = ManualClock(START)
    one, two = SeededIds(clock=clock, seed=1), SeededIds(clock=clock, seed=2)
    assert not {one.new() for _ in range(100)} & {two.new() for _ in range(100)}


def test_the_same_seed_and_times_make_the_same_ids() -> None:
    def made() -> list[uuid.UUID]:
        clock = ManualClock(START)
        ids = SeededIds(clock=clock, seed="s")
        first = [ids.new() for _ in range(10)]
        clock.advance(1.5)
        return [*first, *(ids.new() for _ in range(10))]

    assert made() == made()
    assert made()[10].int >> 80 == int(START.timestamp() * 1000) + 1_500


def test_each_life_of_a_simulated_process_has_ids_of_its_own() -> None:
    loop = SimulatedLoop(1)
    first, second = surroundings(loop, label="api#1"), surroundings(loop, label="api#2")
    again = surroundings(SimulatedLoop(1), label="api#1")
    made = first.ids.new()
    assert made != second.ids.new()
    assert made == again.ids.new()


def test_threads_share_one_source_without_repeats() -> None:
    ids = UuidV7Ids()
    made: list[list[uuid.UUID]] = [[] for _ in range(4)]

    def draw(into: list[uuid.UUID]) -> None:
        into.extend(ids.new() for _ in range(2_000))

    threads = [threading.Thread(target=draw, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for into in made for one in into}) == 8_000
    assert all(into == sorted(into) for into in made)


_FORKS = """
import os
from adapters.system.ids import UuidV7Ids
ids = UuidV7Ids()
ids.new()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(hex(ids.new().int & (1 << 32) - 1), flush=True)
"""


def test_a_forked_process_does_not_reuse_drawn_entropy() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FORKS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    first, second = done.stdout.split()
    assert first != second
