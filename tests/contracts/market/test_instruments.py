"""The instruments adapters keep the promises of their port."""

import asyncio
from functools import cache, partial
from pathlib import Path

import pytest

from adapters.market_data.bokeh.facts import INSTRUMENTS
from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.market import HistoricalMarket
from adapters.memory.market import MemoryInstruments
from ports.market import Instruments, MarketDataCorrupt
from tests.contracts.market.instruments import InstrumentsContract
from tests.unit.adapters.market_data.folders import GOOD, write_folder


class TestMemoryInstruments(InstrumentsContract):
    @pytest.fixture
    def instruments(self) -> Instruments:
        return MemoryInstruments(reversed(INSTRUMENTS))


class TestShippedInstruments(InstrumentsContract):
    @pytest.fixture
    def instruments(self) -> Instruments:
        return shipped()


class TestFolderInstruments(InstrumentsContract):
    @pytest.fixture
    def instruments(self, tmp_path: Path) -> Instruments:
        folder = write_folder(tmp_path, {"ZZZ": GOOD, "AAA": GOOD, "A.B": GOOD})
        return started(HistoricalMarket(partial(read_folder, folder)))


async def test_prices_from_before_the_calendar_are_refused_by_file_and_line(
    tmp_path: Path,
) -> None:
    rows = ("1970-01-05,1,1,1,1,1", "2024-01-05,1,1,1,1,1")
    folder = write_folder(tmp_path, {"ZZZ": rows}, instruments=("ZZZ,,,INR,,,XBOM",))
    first, last = (rf"bars/1d/ZZZ\.csv line {line}" for line in (2, 3))
    with pytest.raises(MarketDataCorrupt, match=rf"{first}\) to .*{last}\): calendar XBOM"):
        await HistoricalMarket(partial(read_folder, folder)).start()


@cache
def shipped() -> HistoricalMarket:
    return started(HistoricalMarket(read_bokeh))


def started(market: HistoricalMarket) -> HistoricalMarket:
    asyncio.run(market.start())
    return market
