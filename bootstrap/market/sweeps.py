"""Build what tries many patterns on past prices, and the arrays that it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adapters.cli.patterns import PriceRow
from domain.shared.values import InvalidValue
from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, SweepResult, sweep
from ports.sweeps import PatternSweeps

# The ordinal of 1970-01-01.
_EPOCH_DAY = 719_163
GPU, COMPILED, REFERENCE = "gpu", "cpu", "reference"


@dataclass(slots=True)
class FirstSweeps:
    """The first of several that can (port PatternSweeps): a GPU, all cores, the reference.

    engine is what computed last, without why those before it did not.
    """

    several: Sequence[tuple[str, PatternSweeps]]
    why: Sequence[str] = ()
    engine: str = ""
    without: Sequence[str] = ()

    def __call__(
        self, prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int
    ) -> SweepResult:
        """Return what every set fired on every symbol; raises InvalidValue."""
        problems = list(self.why)
        for name, one in self.several[:-1]:
            try:
                found = one(prices, rules=rules, horizon=horizon)
            except InvalidValue:
                raise
            except Exception as problem:  # noqa: BLE001 - out of memory, or what a driver says
                problems.append(f"{name}: {type(problem).__name__}: {problem}"[:200])
                continue
            self.engine, self.without = name, problems
            return found
        name, last = self.several[-1]
        self.engine, self.without = name, problems
        return last(prices, rules=rules, horizon=horizon)


def build_sweeps() -> FirstSweeps:
    """Return what can sweep here: a GPU, numba (the extra compute), and the reference."""
    several: list[tuple[str, PatternSweeps]] = []
    why: list[str] = []
    try:
        from adapters.compute.sweeps import sweep_compiled
        from adapters.gpu.cuda.sweeps import NoGpu, check_gpu, sweep_on_gpu
    except ImportError:
        why.append("numba is not installed: pip install 'ballast[compute]'")
    else:
        try:
            check_gpu()
            several.append((GPU, sweep_on_gpu))
        except NoGpu as problem:
            why.append(f"{GPU}: {problem}")
        several.append((COMPILED, sweep_compiled))
    several.append((REFERENCE, sweep))
    return FirstSweeps(several, why=why)


def arrays_of(rows: Sequence[PriceRow], symbols: Sequence[str]) -> SweepPrices:
    """Return rows as arrays, a symbol in each row."""
    by_symbol = {symbol: [row for row in rows if row.symbol == symbol] for symbol in symbols}
    counts = np.array([len(own) for own in by_symbol.values()], dtype=np.int64)
    shape = (len(symbols), int(counts.max(initial=0)))
    prices, volumes = np.ones(shape), np.zeros(shape)
    sessions = np.zeros(shape, dtype=np.int64)
    for place, own in enumerate(by_symbol.values()):
        prices[place, : len(own)] = [row.price for row in own]
        volumes[place, : len(own)] = [row.volume for row in own]
        sessions[place, : len(own)] = [row.session.toordinal() - _EPOCH_DAY for row in own]
    return SweepPrices(prices=prices, volumes=volumes, sessions=sessions, counts=counts)
