"""The instruments adapters keep the promises of their port."""

import pytest

from adapters.market_data.bokeh.facts import INSTRUMENTS
from adapters.market_data.bokeh.source import BokehInstruments
from adapters.memory.market import MemoryInstruments
from ports.market import Instruments
from tests.contracts.market.instruments import InstrumentsContract


class TestMemoryInstruments(InstrumentsContract):
    @pytest.fixture
    def instruments(self) -> Instruments:
        return MemoryInstruments(reversed(INSTRUMENTS))


class TestBokehInstruments(InstrumentsContract):
    @pytest.fixture
    def instruments(self) -> Instruments:
        return BokehInstruments()
