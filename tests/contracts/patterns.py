"""What every adapter of PatternStates promises."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from domain.signals.pattern import Pattern
from ports.patterns import PatternRecord
from tests import builders
from tests.contracts.storage import Storage, StorageContract

AT = builders.MARKET_AT


def kept_of(steps: int, *, symbol: str = "AAPL", lap: int = 1) -> PatternRecord:
    """Make the pattern after so many bars of a made-up walk."""
    random, pattern = Random(steps), Pattern()
    bar = None
    for number in range(steps):
        day = (AT + timedelta(days=number)).date()
        bar = pattern.update(price=random.uniform(1, 2), volume=random.random(), session=day)
    return PatternRecord(
        symbol=symbol,
        lap=lap,
        at=AT + timedelta(days=steps),
        number=1,
        state=pattern.state(),
        bar=bar,
        price=1 / 3,
        volume=0.1 + 0.2,
    )


class PatternStatesContract(StorageContract):
    """The promises of PatternStates."""

    async def test_a_pattern_comes_back_bit_by_bit(self, storage: Storage) -> None:
        for steps in (0, 1, 150):
            kept = kept_of(steps)
            await storage.patterns.save(kept)
            assert await storage.patterns.get("AAPL", lap=1) == kept
        assert await storage.patterns.get("IBM", lap=1) is None

    async def test_an_earlier_one_does_not_take_a_later_ones_place(self, storage: Storage) -> None:
        kept = kept_of(30)
        await storage.patterns.save(kept)
        await storage.patterns.save(kept_of(29))
        await storage.patterns.save(replace(kept, price=9.0))
        assert await storage.patterns.get("AAPL", lap=1) == kept
        second = replace(kept, number=2)
        await storage.patterns.save(second)
        assert await storage.patterns.get("AAPL", lap=1) == second

    async def test_a_replay_that_starts_over_begins_anew(self, storage: Storage) -> None:
        await storage.patterns.save(kept_of(30))
        assert await storage.patterns.get("AAPL", lap=2) is None
        began = kept_of(2, lap=2)
        await storage.patterns.save(began)
        assert await storage.patterns.get("AAPL", lap=2) == began
        assert await storage.patterns.get("AAPL", lap=1) is None
