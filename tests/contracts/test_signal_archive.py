"""Signals that are kept and taken in within one process keep their promises."""

from collections.abc import Mapping

import pytest

from adapters.memory.signals import MemoryExternalSignals
from tests.contracts.external_signals import ExternalSignalsContract, Put
from tests.contracts.patterns import PatternStatesContract
from tests.contracts.signal_archive import SignalArchiveContract
from tests.contracts.storage import OverMemory


class TestMemorySignalArchive(OverMemory, SignalArchiveContract):
    pass


class TestMemoryPatternStates(OverMemory, PatternStatesContract):
    pass


class TestMemoryExternalSignals(ExternalSignalsContract):
    @pytest.fixture
    async def entries(self) -> MemoryExternalSignals:
        return MemoryExternalSignals()

    @pytest.fixture
    async def put(self, entries: MemoryExternalSignals) -> Put:
        async def put(fields: Mapping[str, str]) -> None:
            entries.put(fields)

        return put
