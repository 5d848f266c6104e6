"""Run many seeds over the machine's cores."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from time import perf_counter

from tests.simulation.run import Figures, simulate

# Small enough that progress is seen and that no core runs dry at the end.
_BATCH = 25


@dataclass(frozen=True, slots=True)
class Found:
    """One seed that broke a promise."""

    seed: int
    failure: str


@dataclass(slots=True)
class Tally:
    """What so many seeds showed."""

    seeds: int = 0
    steps: int = 0
    elapsed_s: float = 0.0
    found: list[Found] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    @property
    def seeds_per_minute(self) -> float:
        """Return the rate over the whole run."""
        return self.seeds / self.elapsed_s * 60 if self.elapsed_s else 0.0

    def add(self, other: "Tally") -> None:
        """Take in the tally of a batch."""
        self.seeds += other.seeds
        self.steps += other.steps
        self.found += other.found
        for each in fields(Figures):
            total = getattr(self.figures, each.name) + getattr(other.figures, each.name)
            setattr(self.figures, each.name, total)


def run_many(*, start: int, seeds: int, jobs: int, on_progress: Callable[[Tally], None]) -> Tally:
    """Run seeds start, start + 1, … and return what they showed, failures by seed.

    on_progress is called after each batch. One that fails does not stop the others.
    """
    began = perf_counter()
    total = Tally()
    for batch in _batches(start=start, seeds=seeds, jobs=jobs):
        total.add(batch)
        total.elapsed_s = perf_counter() - began
        on_progress(total)
    total.found.sort(key=lambda found: found.seed)
    return total


def _batches(*, start: int, seeds: int, jobs: int) -> Iterator[Tally]:
    ends = start + seeds
    batches = [range(first, min(first + _BATCH, ends)) for first in range(start, ends, _BATCH)]
    if jobs == 1:
        yield from map(_run_batch, batches)
        return
    # Spawned, so that every process is as fresh as one that replays a single seed.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes=jobs) as pool:
        yield from pool.imap_unordered(_run_batch, batches)


def _run_batch(seeds: range) -> Tally:
    tally = Tally()
    for seed in seeds:
        outcome = simulate(seed, figures=tally.figures)
        tally.seeds += 1
        tally.steps += outcome.steps
        if outcome.failure is not None:
            tally.found.append(Found(seed, str(outcome.failure)))
    return tally
