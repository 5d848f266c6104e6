"""The price file is read exactly, its splits are all known, and a damaged one is refused."""

import csv
import gzip
import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.market_data.bokeh.facts import DIVIDENDS, INSTRUMENTS, SPLITS
from adapters.market_data.bokeh.source import HEADER, bokeh_file, read_bokeh
from adapters.market_data.replay.history import PriceHistory
from ports.market import MarketDataCorrupt

GOOD = ["IBM", "2000-03-01", "102.0", "105.94", "100.25", "100.25", "10807800", "82.1"]


@pytest.fixture(scope="module")
def history() -> PriceHistory:
    return read_bokeh()


def write(tmp_path: Path, *rows: Sequence[str], header: Sequence[str] = HEADER) -> Path:
    path = tmp_path / "stocks.csv.gz"
    with gzip.open(path, "wt", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_every_row_is_read_exactly(history: PriceHistory) -> None:
    counts = {symbol: len(prices) for symbol, prices in history.prices.items()}
    assert counts == {"AAPL": 3270, "FB": 196, "GOOG": 2148, "IBM": 3270, "MSFT": 3270}
    with gzip.open(bokeh_file(), "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    read = {
        (symbol, price.date): price for symbol, prices in history.prices.items() for price in prices
    }
    assert len(read) == len(rows)
    for row in rows:
        price = read[row["Ticker"], date.fromisoformat(row["Date"])]
        values = (price.open, price.high, price.low, price.close, price.volume)
        columns = ("Open", "High", "Low", "Close", "Volume")
        assert [str(each) for each in values] == [row[name] for name in columns]


def test_symbols_begin_when_they_were_listed(history: PriceHistory) -> None:
    first = {symbol: prices[0].date for symbol, prices in history.prices.items()}
    assert first["AAPL"] == first["IBM"] == first["MSFT"] == date(2000, 3, 1)
    assert (first["GOOG"], first["FB"]) == (date(2004, 8, 19), date(2012, 5, 18))
    assert {prices[-1].date for prices in history.prices.values()} == {date(2013, 3, 1)}


def test_the_split_table_holds_exactly_the_splits_in_the_data() -> None:
    """Raw return / adjusted return is the split ratio, times a dividend's few percent."""
    found: dict[tuple[str, date], Decimal] = {}
    with gzip.open(bokeh_file(), "rt", newline="") as file:
        before: Mapping[str, str] | None = None
        for row in csv.DictReader(file):
            if before is not None and before["Ticker"] == row["Ticker"]:
                raw = Decimal(before["Close"]) / Decimal(row["Close"])
                adjusted = Decimal(before["Adj Close"]) / Decimal(row["Adj Close"])
                ratio = raw / adjusted
                # The smallest split in use is 5:4; the largest dividend here is 11 %.
                if not Decimal("0.85") < ratio < Decimal("1.2"):
                    found[row["Ticker"], date.fromisoformat(row["Date"])] = ratio
            before = row
    assert found.keys() == {(split.symbol, split.ex_date) for split in SPLITS}
    for split in SPLITS:
        assert abs(found[split.symbol, split.ex_date] - split.ratio) < Decimal("0.001")


def test_the_table_of_dividends_holds_exactly_those_in_the_data() -> None:
    """A step of adjusted against raw close, of more than rounding to cents can make."""
    found: dict[tuple[str, date], tuple[Decimal, Decimal]] = {}
    ratios = {(split.symbol, split.ex_date): split.ratio for split in SPLITS}
    with gzip.open(bokeh_file(), "rt", newline="") as file:
        before: Mapping[str, str] | None = None
        for row in csv.DictReader(file):
            if before is not None and before["Ticker"] == row["Ticker"]:
                key = row["Ticker"], date.fromisoformat(row["Date"])
                close, adjusted = Decimal(row["Close"]), Decimal(row["Adj Close"])
                earlier = Decimal(before["Adj Close"])
                paid = Decimal(before["Close"]) / ratios.get(key, 1) - close * earlier / adjusted
                rounding = Decimal("0.005") * close / adjusted * (1 + earlier / adjusted)
                if paid > max(Decimal("0.03"), 2 * rounding):
                    found[key] = paid, rounding
            before = row
    assert found.keys() == {(one.symbol, one.ex_date) for one in DIVIDENDS}
    for one in DIVIDENDS:
        paid, rounding = found[one.symbol, one.ex_date]
        # The data adjusts for 3.00 and 0.08 of one day by about a cent and a half per dollar less.
        assert abs(paid - one.amount) < max(3 * rounding, one.amount * Decimal("0.018")), one


def test_every_overnight_fall_by_a_split_ratio_is_a_known_split(history: PriceHistory) -> None:
    """The open against the close before: what a position would feel without the table."""
    jumps = {
        (symbol, after.date)
        for symbol, prices in history.prices.items()
        for before, after in itertools.pairwise(prices)
        if not Decimal("0.6") < before.close / after.open < Decimal("1.4")
    }
    # A profit warning, on which the adjusted close fell as much as the raw one.
    jumps.remove(("AAPL", date(2000, 9, 29)))
    assert jumps == {(split.symbol, split.ex_date) for split in SPLITS}


def test_instruments_are_ordered_and_have_prices(history: PriceHistory) -> None:
    assert [each.symbol for each in INSTRUMENTS] == sorted(history.prices)
    for each in INSTRUMENTS:
        assert (each.tick, each.lot, each.calendar) == (Decimal("0.01"), Decimal(1), "XNYS")
        assert each.sector in {"Information Technology", "Communication Services"}


def test_a_small_file_is_read(tmp_path: Path) -> None:
    history = read_bokeh(write(tmp_path, GOOD))
    assert history.prices["IBM"][0].high == Decimal("105.94")
    assert "AAPL" not in history.prices


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (0, "TSLA", "ticker must be one of"),
        (0, "ibm", "ticker must be one of"),
        (1, "20000301", "like 2000-03-01"),
        (1, "2000-W09-3", "like 2000-03-01"),
        (1, "2000-02-30", "like 2000-03-01"),
        (1, "", "like 2000-03-01"),
        (2, "NaN", "Open must be a plain decimal"),
        (2, "1e400", "Open must be a plain decimal"),
        (2, "-102.0", "Open must be a plain decimal"),
        (2, " 102.0", "Open must be a plain decimal"),
        (2, "1_02", "Open must be a plain decimal"),
        (2, "", "Open must be a plain decimal"),
        (2, "\u0661", "cannot be read"),
        (2, "106", "must hold"),
        (3, "100", "must hold"),
        (4, "0", "must hold"),
        (4, "103", "must hold"),
        (5, "0x1", "Close must be a plain decimal"),
        (6, "1.5", "Volume must be a whole number"),
        (6, "-1", "Volume must be a whole number"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line(
    tmp_path: Path, column: int, value: str, said: str
) -> None:
    wrong = [*GOOD[:column], value, *GOOD[column + 1 :]]
    fine = ["FB", *GOOD[1:]]
    path = tmp_path / "stocks.csv.gz"
    text = "\n".join(",".join(row) for row in (HEADER, fine, wrong))
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(MarketDataCorrupt, match=said) as raised:
        read_bokeh(path)
    assert said == "cannot be read" or "line 3" in str(raised.value)


@pytest.mark.parametrize("row", [GOOD[:-1], [*GOOD, ""], []])
def test_a_row_of_another_width_is_refused(tmp_path: Path, row: list[str]) -> None:
    with pytest.raises(MarketDataCorrupt, match="line 2: there must be 8 fields"):
        read_bokeh(write(tmp_path, row))


@pytest.mark.parametrize("second", ["2000-03-01", "2000-02-29"])
def test_dates_that_do_not_rise_are_refused(tmp_path: Path, second: str) -> None:
    with pytest.raises(MarketDataCorrupt, match="line 3: the dates of IBM must rise"):
        read_bokeh(write(tmp_path, GOOD, [GOOD[0], second, *GOOD[2:]]))


def test_another_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarketDataCorrupt, match="line 1: the header must be"):
        read_bokeh(write(tmp_path, GOOD, header=[*HEADER[:5], "Adj Close", "Volume", "Close"]))


@pytest.mark.parametrize("damage", ["empty", "plain", "cut", "flipped"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    whole = bokeh_file().read_bytes()
    middle = len(whole) // 2
    path = tmp_path / "stocks.csv.gz"
    path.write_bytes(
        {
            "empty": b"",
            "plain": b"Ticker,Date\n",
            "cut": whole[:middle],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
        }[damage]
    )
    with pytest.raises(MarketDataCorrupt):
        read_bokeh(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarketDataCorrupt, match="cannot be read"):
        read_bokeh(tmp_path / "none.csv.gz")
