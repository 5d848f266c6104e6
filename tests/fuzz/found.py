"""Count what was fed to a parser, and keep what it should not have done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# No input of these sizes may keep a parser busy longer, on a machine that does other things.
SLOW_S = 5.0


@dataclass(slots=True, kw_only=True)
class Found:
    """What came of one parser."""

    name: str
    inputs: int = 0
    taken: int = 0
    slowest_s: float = 0.0
    wrongs: list[str] = field(default_factory=list)

    @contextmanager
    def feeding(self, data: bytes) -> Iterator[None]:
        """Feed one input: anything raised in here is a crash."""
        began = time.perf_counter()
        try:
            yield
        # Whatever it is: a parser says "no" in its own words, and raises nothing else.
        except Exception as problem:  # noqa: BLE001
            self.wrongs.append(f"{type(problem).__name__}: {problem} on {data[:400]!r}")
        took_s = time.perf_counter() - began
        self.inputs += 1
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > SLOW_S:
            self.wrongs.append(f"took {took_s:.1f} s on {data[:400]!r}")

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.name}: {self.inputs} inputs, {self.taken} taken, slowest"
            f" {self.slowest_s * 1000:.0f} ms, {len(self.wrongs)} violations"
        )
