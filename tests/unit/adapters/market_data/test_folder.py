"""A folder of the user's own prices is read whole, or refused by file and line."""

import os
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.folder import files
from adapters.market_data.folder import source as source_module
from adapters.market_data.folder.rows import RowFault, price_of
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.history import DailyPrice, trading_days
from adapters.memory.market import MemoryCalendars, weekday_calendar
from domain.market.prices import Dividend, Split
from ports.market import MarketDataCorrupt
from tests.unit.adapters.market_data.folders import (
    ACTIONS,
    BARS,
    GOOD,
    INSTRUMENTS,
    put,
    table,
    write_folder,
)

WEEKDAYS = MemoryCalendars(
    [weekday_calendar("XNYS", first=date(2023, 12, 1), last=date(2024, 3, 1))]
)


def refusal(folder: Path) -> str:
    with pytest.raises(MarketDataCorrupt) as refused:
        trading_days(read_folder(folder), calendars=WEEKDAYS)
    return str(refused.value).replace(f"{folder}{os.sep}", "")


def test_a_symbol_without_a_description_has_the_defaults(tmp_path: Path) -> None:
    history = read_folder(write_folder(tmp_path, {"ZZZ": GOOD}))
    (instrument,) = history.instruments
    assert (instrument.currency, instrument.tick, instrument.lot) == (
        "USD",
        Decimal("0.01"),
        Decimal(1),
    )
    assert (history.calendar, instrument.calendar) == ("XNYS", "XNYS")
    assert (instrument.name, instrument.sector) == ("ZZZ", "unclassified")
    assert history.prices["ZZZ"][1] == DailyPrice(
        date(2024, 1, 3), *map(Decimal, ("11", "12.5", "10.25", "12", "1200.5"))
    )


def test_instruments_and_actions_are_what_their_tables_say(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        {"VOD": GOOD, "BP": GOOD},
        instruments=("VOD,Vodafone Group,Telecom,GBP,0.0005,100,XLON", "BP,,,GBP,,,XLON"),
        actions={
            "VOD": ("2024-01-03,split,1,10,", "2024-01-04,dividend,,,0.045"),
            "BP": ("2024-01-03,split,3,2,",),
        },
    )
    history = read_folder(folder)
    bp, vod = history.instruments
    assert (vod.name, vod.sector, vod.currency) == ("Vodafone Group", "Telecom", "GBP")
    assert (vod.tick, vod.lot, vod.calendar) == (Decimal("0.0005"), Decimal(100), "XLON")
    assert vod.min_quantity == vod.lot
    assert (bp.name, bp.sector, bp.tick, bp.lot) == (
        "BP",
        "unclassified",
        Decimal("0.01"),
        Decimal(1),
    )
    third = date(2024, 1, 3)
    assert history.splits == (
        Split(symbol="BP", ex_date=third, numerator=Decimal(3), denominator=Decimal(2)),
        Split(symbol="VOD", ex_date=third, numerator=Decimal(1), denominator=Decimal(10)),
    )
    assert history.dividends == (
        Dividend(symbol="VOD", ex_date=date(2024, 1, 4), amount=Decimal("0.045")),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(table(BARS, *GOOD, end="\r\n"), id="CRLF"),
        pytest.param("\ufeff" + table(BARS, *GOOD), id="byte-order mark"),
        pytest.param(table(BARS, *GOOD).rstrip("\n"), id="no last line end"),
    ],
)
@pytest.mark.parametrize("name", ["ZZZ.csv", "ZZZ.csv.gz"])
def test_what_spreadsheets_write_is_read_alike(tmp_path: Path, name: str, text: str) -> None:
    plain = read_folder(write_folder(tmp_path / "plain", {"ZZZ": GOOD}))
    put(tmp_path / "other" / "bars" / "1d" / name, text)
    assert read_folder(tmp_path / "other").prices == plain.prices


def write_parquet(file: Path, kinds: dict[str, Any], rows: list[list[str]]) -> None:
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet as write

    columns = zip(*rows, strict=True)
    file.parent.mkdir(parents=True)
    write(
        Table.from_pydict(
            {
                name: Array(list(cells), DataType.utf8()).cast(kind)
                for (name, kind), cells in zip(kinds.items(), columns, strict=True)
            }
        ),
        file,
    )


@pytest.mark.parametrize("time", ["date32", "timestamp"])
def test_parquet_says_what_csv_says(tmp_path: Path, time: str) -> None:
    from arro3.core import DataType

    names = BARS.split(",")
    rows = [row.split(",") for row in GOOD]
    kinds = dict.fromkeys(names, DataType.float64())
    kinds["time"] = DataType.date32() if time == "date32" else DataType.timestamp("ns")
    kinds["close"] = DataType.decimal128(38, 18)
    write_parquet(tmp_path / "parquet" / "bars" / "1d" / "ZZZ.parquet", kinds, rows)
    plain = read_folder(write_folder(tmp_path / "plain", {"ZZZ": GOOD}))
    assert read_folder(tmp_path / "parquet").prices == plain.prices


def test_bad_parquet_is_refused_as_bad_csv_is(tmp_path: Path) -> None:
    from arro3.core import DataType

    names = BARS.split(",")
    kinds = {"time": DataType.date32(), **dict.fromkeys(names[1:], DataType.float64())}
    file = tmp_path / "bars" / "1d" / "ZZZ.parquet"
    write_parquet(file, kinds, [GOOD[0].split(","), ["2024-01-03", "11", "NaN", "9", "10", "1"]])
    assert "bars/1d/ZZZ.parquet line 3: high must be a plain number above 0" in refusal(tmp_path)
    put(file, b"PAR1 and no more")
    assert "bars/1d/ZZZ.parquet cannot be read as Parquet" in refusal(tmp_path)
    file.unlink()
    file.parent.rmdir()
    write_parquet(file, kinds | {"time": DataType.utf8()}, [GOOD[0].split(",")])
    assert "the column time must hold dates" in refusal(tmp_path)


def test_the_extra_that_parquet_needs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "bars" / "1d" / "ZZZ.parquet", b"never looked at")
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    assert "pip install 'ballast[report]'" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-01-03,11,12,9,10,1", "2024-01-03 is there twice"),
        ("2024-01-02,11,12,9,10,1", "2024-01-02 follows 2024-01-03"),
        ("2024-01-06,11,12,9,10,1", "2024-01-06 must be a session of XNYS"),
        ("2024-01-04,11,9,12,10,1", "low <= open, close <= high must hold"),
        ("2024-01-04,13,12,9,10,1", "low <= open, close <= high must hold"),
        ("2024-01-04,NaN,12,9,10,1", "open must be a plain number above 0"),
        ("2024-01-04,11,Infinity,9,10,1", "high must be a plain number above 0"),
        ("2024-01-04,11,12,0,10,1", "low must be a plain number above 0"),
        ("2024-01-04,11,12,-9,10,1", "low must be a plain number above 0"),
        ("2024-01-04,11,12,9,1e1,1", "close must be a plain number above 0"),
        ("2024-01-04,11,12,9,10.1234567891,1", "at most 9 digits"),
        ("2024-01-04,11,12,9,10,-1", "volume must be a plain number, 0 or more"),
        ("2024-01-04,11,12,9,10,", "volume must be a plain number, 0 or more"),
        ("2024-01-04T00:00:00,11,12,9,10,1", "time must be a date such as 2000-03-01"),
        ("04/01/2024,11,12,9,10,1", "time must be a date such as 2000-03-01"),
        ("2024-02-30,11,12,9,10,1", "time must be a date such as 2000-03-01"),
        ("0001-01-03,11,12,9,10,1", "time must be from 1970-01-02"),
        ("2024-01-04,11,12,9,10", "there must be 6 fields"),
        ("", "there must be 6 fields"),
        ('"2024-01-04"x,11,12,9,10,1', "expected after"),
        (f"2024-01-04,{'9' * 200_000},12,9,10,1", "line 4: "),
    ],
)
def test_a_bad_row_is_refused_by_file_and_line(tmp_path: Path, row: str, said: str) -> None:
    write_folder(tmp_path, {"AAA": GOOD, "ZZZ": (*GOOD[:2], row)})
    refused = refusal(tmp_path)
    assert refused.startswith("bars/1d/ZZZ.csv line 4: ")
    assert said in refused
    assert len(refused) < 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1: the header must be time,open,high,low,close,volume"),
        (b"time,open,high,low,close,adj_close\n", "line 1: the header must be"),
        (table(BARS).encode(), "line 2: there must be at least one price"),
        (table(BARS, *GOOD).encode("utf-16"), "must be UTF-8 text"),
        (b"\xff\xfe\x00", "must be UTF-8 text"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: bytes, said: str) -> None:
    put(tmp_path / "bars" / "1d" / "ZZZ.csv", text)
    refused = refusal(tmp_path)
    assert refused.startswith("bars/1d/ZZZ.csv")
    assert said in refused


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("NOPE,,,,,,", "NOPE must have prices in bars/1d"),
        ("../../etc/passwd,,,,,,", "symbol: must be 1 to 32 of"),
        ("AAA,,,,,,\nAAA,,,,,,", "line 3: AAA must be described once"),
        ("AAA,,,usd,,,", "currency must be three capitals"),
        ("AAA,,,,0,,", "tick must be a plain number above 0"),
        ("AAA,,,,,2000000,", "lot: must not exceed max_quantity"),
        ("AAA,,,,,,XHKG", "calendar must be one of BVMF"),
        ("AAA,,,,,,24/7", "XZAG, not '24/7'"),
        ("AAA,,a\x07b,,,,", "sector must be at most 100 printable characters"),
    ],
)
def test_a_bad_instrument_is_refused_by_line(tmp_path: Path, row: str, said: str) -> None:
    refused = refusal(write_folder(tmp_path, {"AAA": GOOD}, instruments=(row,)))
    assert refused.startswith("instruments.csv line ")
    assert said in refused


def test_two_calendars_in_a_folder_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, {"AAA": GOOD, "BBB": GOOD}, instruments=("AAA,,,,,,XLON",))
    assert refusal(tmp_path).startswith("bars/1d/BBB.csv: all symbols of a folder must have one")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-01-06,dividend,,,1", "2024-01-06 must be a session of XNYS"),
        ("2024-01-03,split,2,0,", "denominator must be a plain number above 0"),
        ("2024-01-03,split,2,1,1", "amount must be empty"),
        ("2024-01-03,split,1,10001,", "a split may be at most 10000 for one, either way"),
        ("2024-01-03,dividend,1,1,1", "numerator and denominator must be empty"),
        ("2024-01-03,merger,1,1,", "kind must be split or dividend, not 'merger'"),
        ("2024-01-02,dividend,,,1\n2024-01-02,dividend,,,2", "line 3: there must be one dividend"),
    ],
)
def test_a_bad_action_is_refused_by_line(tmp_path: Path, row: str, said: str) -> None:
    bars = (*GOOD, "2024-01-08,12,12,12,12,5")
    refused = refusal(write_folder(tmp_path, {"AAA": bars}, actions={"AAA": (row,)}))
    assert refused.startswith("actions/AAA.csv line ")
    assert said in refused


def test_gaps_are_kept_and_actions_beyond_the_prices_left_out(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        {"AAA": GOOD, "ZZZ": (GOOD[0], GOOD[2])},
        actions={"ZZZ": ("1999-06-05,dividend,,,1", "2024-01-03,split,2,1,")},
    )
    days = trading_days(read_folder(folder), calendars=WEEKDAYS)
    traded = [[each.symbol for each, _ in day.prices] for day in days]
    assert traded == [["AAA", "ZZZ"], ["AAA"], ["AAA", "ZZZ"]]
    assert [len(day.splits) for day in days] == [0, 1, 0]
    assert not any(day.dividends for day in days)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aapl.csv", "the name must be a symbol"),
        ("A\u212bPL.csv", "the name must be a symbol"),
        (".csv.csv", ""),
        ("AAPL.txt", "must be a file named <SYMBOL>.csv.gz or .csv or .parquet"),
        ("AAPL.csv.gz", "AAPL must have one file"),
    ],
)
def test_a_file_whose_name_says_no_symbol_is_refused(tmp_path: Path, name: str, said: str) -> None:
    write_folder(tmp_path, {"AAPL": GOOD})
    put(tmp_path / "bars" / "1d" / name, table(BARS, *GOOD))
    if said:
        assert said in refusal(tmp_path)
    else:
        assert list(read_folder(tmp_path).prices) == ["AAPL"]


@pytest.mark.parametrize("place", ["bars/1d/ZZZ.csv", "instruments.csv", "actions/ZZZ.csv"])
def test_links_out_of_the_folder_are_not_followed(tmp_path: Path, place: str) -> None:
    header = {"bars/1d/ZZZ.csv": BARS, "instruments.csv": INSTRUMENTS, "actions/ZZZ.csv": ACTIONS}
    outside = put(tmp_path / "outside", table(header[place]))
    folder = write_folder(tmp_path / "in", {"AAA": GOOD} if "bars" in place else {"ZZZ": GOOD})
    link = folder / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    assert refusal(folder).startswith(f"{place} cannot be read: must be a plain file, and no link")


@pytest.mark.parametrize("place", ["bars", "bars/1d", "actions"])
def test_linked_folders_are_not_followed(tmp_path: Path, place: str) -> None:
    whole = write_folder(tmp_path / "whole", {"ZZZ": GOOD}, actions={"ZZZ": ()})
    folder = tmp_path / "in"
    if place == "actions":
        write_folder(folder, {"ZZZ": GOOD})
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).symlink_to(whole / place)
    assert refusal(folder).startswith(f"{place} must be a folder, and no link to one")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    write_folder(tmp_path, {"AAA": GOOD})
    os.mkfifo(tmp_path / "bars" / "1d" / "ZZZ.csv")
    assert "must be a plain file" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["ZZZ.csv", "ZZZ.csv.gz"])
def test_a_huge_file_is_refused_unpacked_or_not(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES_MAX", 1_000)
    put(tmp_path / "bars" / "1d" / name, table(BARS, *GOOD) + "\n" * 1_000)
    assert "must have at most 1,000 bytes, unpacked" in refusal(tmp_path)


def test_a_folder_of_too_many_prices_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "ROWS_MAX", 5)
    write_folder(tmp_path, {"AAA": GOOD, "ZZZ": GOOD})
    assert refusal(tmp_path).startswith("bars/1d/ZZZ.csv line 4: a folder must have at most 5")


def test_a_folder_without_prices_says_where_they_belong(tmp_path: Path) -> None:
    for name in ("none", "n" * 5_000, "n\0"):
        assert "must be a folder with prices in bars/1d" in refusal(tmp_path / name)
    (tmp_path / "bars").mkdir()
    assert "bars/1d must hold prices" in refusal(tmp_path)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.decimals().map(str),
            st.dates().map(str),
            st.sampled_from(["2024-01-02", "1", "0", "nan", "1e9", "１"]),
        ),
        min_size=6,
        max_size=6,
    )
)
def test_a_row_makes_a_sound_price_or_says_why_not(row: list[str]) -> None:
    with suppress(RowFault):
        price = price_of(row, after=None)
        assert 0 < price.low <= price.open <= price.high
        assert price.low <= price.close <= price.high
        assert price.volume >= 0
        assert price.date.isoformat() == row[0]


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1, max_size=20, unique=True),
    st.decimals(1, 99_999, places=4),
    st.decimals(0, 99_999, places=2),
)
def test_sound_rows_are_read_as_they_stand(
    days: list[date], price: Decimal, volume: Decimal
) -> None:
    last: date | None = None
    for day in sorted(days):
        read = price_of([str(day), *[f"{price:f}"] * 4, f"{volume:f}"], after=last)
        assert read == DailyPrice(day, price, price, price, price, volume)
        last = read.date
