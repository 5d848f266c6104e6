"""What every adapter of Instruments promises."""

from abc import abstractmethod

import pytest

from ports.market import Instruments
from tests.contracts.contract import Contract


class InstrumentsContract(Contract):
    """Subclasses give a fixture `instruments` that holds at least one instrument."""

    @pytest.fixture
    @abstractmethod
    def instruments(self) -> Instruments: ...

    def test_all_are_ordered_by_symbol_without_repeats(self, instruments: Instruments) -> None:
        symbols = [each.symbol for each in instruments.all()]
        assert symbols
        assert symbols == sorted(set(symbols))

    def test_each_is_found_by_its_symbol(self, instruments: Instruments) -> None:
        for each in instruments.all():
            assert instruments.find(each.symbol) == each

    @pytest.mark.parametrize("symbol", ["NOPE", "", "aapl", "AAPL "])
    def test_an_unknown_symbol_is_none(self, instruments: Instruments, symbol: str) -> None:
        assert instruments.find(symbol) is None
