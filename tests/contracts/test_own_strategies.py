"""Functions in memory keep the promises of own classes."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from adapters.memory.own_strategies import OwnFunctions
from domain.market.prices import Bar
from ports.own_strategies import OwnStrategies
from tests.contracts.own_strategies import OwnStrategiesContract


def rising(bars: Sequence[Bar]) -> Sequence[float | None]:
    """Say 0.5 where a close is above the one before."""
    closes = [one.close for one in bars]
    later = [0.5 if after > before else 0.0 for before, after in pairwise(closes)]
    return [None, *later][: len(closes)]


def broken(bars: Sequence[Bar]) -> Sequence[float | None]:
    """Fail."""
    raise KeyError("volume")


class TestOwnFunctions(OwnStrategiesContract):
    @pytest.fixture
    async def own(self) -> OwnStrategies:
        return OwnFunctions({"rising": rising, "broken": broken})
