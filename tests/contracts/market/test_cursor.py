"""The cursor adapters keep the promises of their port."""

import pytest

from adapters.memory.market import MemoryReplayCursor
from ports.market import ReplayCursor
from tests.contracts.market.cursor import ReplayCursorContract


class TestMemoryReplayCursor(ReplayCursorContract):
    @pytest.fixture
    def cursor(self) -> ReplayCursor:
        return MemoryReplayCursor()
