"""Times of single "build an order, check it" operations; standard library only.

The same loop runs on both sides of the comparison, in whatever interpreter a side needs.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TypeVar

from bench.stats import Latency, latency

OPERATIONS_MAX = 5_000_000

Built = TypeVar("Built")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildAndCheck:
    """Nanoseconds to build, to check, and to do both, per operation."""

    build: Latency
    check: Latency
    both: Latency


def measure_build_and_check(
    *,
    build: Callable[[int], Built],
    check: Callable[[Built], object],
    operations: int,
    warm_up: int,
) -> BuildAndCheck:
    """Time every single operation between three readings of one clock, in nanoseconds.

    `build` is given the number of the operation, so that orders can differ. The garbage
    collector stays as it is: its pauses are part of what a caller sees at the p99.
    ValueError when `operations` or `warm_up` is out of bounds.
    """
    if not 1 <= operations <= OPERATIONS_MAX:
        raise ValueError(f"operations must be between 1 and {OPERATIONS_MAX}, got {operations}")
    if not 0 <= warm_up <= OPERATIONS_MAX:
        raise ValueError(f"warm_up must be between 0 and {OPERATIONS_MAX}, got {warm_up}")
    for number in range(warm_up):
        check(build(number))
    # Filled in place: the loop itself allocates nothing that grows.
    build_ns = array("d", bytes(8 * operations))
    check_ns = array("d", bytes(8 * operations))
    both_ns = array("d", bytes(8 * operations))
    for index in range(operations):
        started = perf_counter_ns()
        built = build(warm_up + index)
        between = perf_counter_ns()
        check(built)
        ended = perf_counter_ns()
        build_ns[index] = between - started
        check_ns[index] = ended - between
        both_ns[index] = ended - started
    return BuildAndCheck(build=latency(build_ns), check=latency(check_ns), both=latency(both_ns))
