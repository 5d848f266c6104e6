"""Files of a run: CSV and Parquet say the same, the page needs nothing, all is whole."""

import csv
import io
import json
import os
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from arro3.io import read_parquet

from adapters.report.files import OutputRefused, prepare_folder, write_files
from adapters.report.scale import date_ticks, round_ticks
from adapters.report.tables import tables_of
from application.backtest.run import Interrupt
from bootstrap.replay.context import run_replay
from bootstrap.replay.market import ReplayMarket, hash_of
from domain.backtest.figures import figures_of
from domain.backtest.result import BacktestResult
from tests.unit.bootstrap.replay.markets import options, two_waves, weekdays

NAMES = {
    *(
        f"{name}.{kind}"
        for name in ("orders", "fills", "denials", "equity")
        for kind in ("csv", "parquet")
    ),
    "summary.json",
    "report.html",
}


async def run(market: ReplayMarket) -> BacktestResult:
    return await run_replay(
        options(cash=Decimal(7_000), without_rules=True), market=market, interrupt=Interrupt()
    )


async def written(out: Path, *, result: BacktestResult | None = None) -> BacktestResult:
    market = two_waves()
    ran = result or await run(market)
    write_files(ran, figures=figures_of(ran), data_sha256=hash_of(market.history), out=out)
    return ran


async def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    result = await written(tmp_path)
    assert set(os.listdir(tmp_path)) == NAMES
    for table in tables_of(result):
        text = (tmp_path / f"{table.name}.csv").read_text()
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0] == [name for name, _ in table.columns]
        assert len(rows) - 1 == len(table.rows) > 0
        columns = read_parquet(tmp_path / f"{table.name}.parquet").read_all()
        for index, (name, _) in enumerate(table.columns):
            stored = columns.column(name).to_pylist()
            # Parquet's times carry another UTC: equal all the same.
            assert stored == [row[index] for row in table.rows]


async def test_the_summary_counts_what_the_tables_hold(tmp_path: Path) -> None:
    result = await written(tmp_path)
    summary: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text())
    rows = {table.name: len(table.rows) for table in tables_of(result)}
    assert summary["orders"] == rows["orders"]
    assert summary["fills"] == rows["fills"]
    assert summary["days"] == rows["equity"] == summary["days_planned"]
    assert summary["denials"] == len({row[0] for row in tables_of(result)[2].rows})
    assert sum(summary["orders_by_state"].values()) == summary["orders"]
    assert sum(each["fills"] for each in summary["symbols"].values()) == summary["fills"]
    assert summary["interrupted"] is False
    assert summary["bars"] == 240
    growth = float(summary["equity_at_end"]) / float(summary["cash_at_start"]) - 1
    assert summary["return"] == pytest.approx(growth)
    assert len(summary["data_sha256"]) == 64


class _Page(HTMLParser):
    """Collects tags and what they would load; raises on a tag that is closed wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "data")]
        if tag not in ("meta", "line", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    result = await written(tmp_path)
    text = (tmp_path / "report.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.loads == []
    assert "script" not in page.tags
    assert not re.search(r"url\(|@import|https?:", text)
    assert page.tags.count("svg") == 5
    assert "prefers-color-scheme: dark" in text
    assert "nan" not in re.findall(r'points="([^"]*)"', text)[0]
    for name in ("Equity", "Drawdown", "Monthly returns", "Denials by rule", "Exposure"):
        assert f"<h2>{name}</h2>" in text
    assert "BUYING_POWER" in text
    assert "Interrupted" not in text
    assert len(result.denials) > 0


async def test_dividends_stand_in_the_summary_and_on_the_page(tmp_path: Path) -> None:
    ran = await run(two_waves())
    ran = replace(ran, dividends={"AAA": Decimal("1212.50"), "BBB": Decimal(3)})
    await written(tmp_path, result=ran)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["dividends"] == "1215.5"
    said = {symbol: each["dividends"] for symbol, each in summary["symbols"].items()}
    assert said == {"AAA": "1212.5", "BBB": "3"}
    page = (tmp_path / "report.html").read_text()
    assert "<dt>Dividends</dt><dd>$1,216<" in page
    assert "<td>$1,212.50</td>" in page


async def test_an_interrupted_run_says_so(tmp_path: Path) -> None:
    result = replace(await run(two_waves()), interrupted=True)
    await written(tmp_path, result=result)
    assert json.loads((tmp_path / "summary.json").read_text())["interrupted"] is True
    assert "Interrupted after 120 of 120 sessions" in (tmp_path / "report.html").read_text()


async def test_a_run_without_orders_has_files_too(tmp_path: Path) -> None:
    market = two_waves()
    quiet = await run_replay(options(end=weekdays(5)[-1]), market=market, interrupt=Interrupt())
    await written(tmp_path, result=quiet)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["orders"], summary["win_rate"], summary["sharpe"]) == (0, None, None)
    assert "The gate refused no order." in (tmp_path / "report.html").read_text()
    assert (tmp_path / "fills.csv").read_text().count("\n") == 1


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "new" / "deep", force=False)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputRefused, match=r"not empty: .* --force"):
        prepare_folder(tmp_path, force=False)
    prepare_folder(tmp_path, force=True)
    with pytest.raises(OutputRefused, match="cannot be used as a folder"):
        prepare_folder(tmp_path / "file", force=True)
    with pytest.raises(OutputRefused, match="cannot be used as a folder"):
        prepare_folder(tmp_path / "file" / "under", force=True)


async def test_a_file_that_cannot_be_written_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").mkdir()
    with pytest.raises(OutputRefused, match="could not be written"):
        await written(tmp_path)
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".partial")]
    assert not (tmp_path / "summary.json").exists()


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-0.03, 0.0), (999.0, 1001.0), (5.0, 5.0), (0.0, 0.0), (1e6, 2e9)]
)
def test_ticks_are_round_and_hold_the_values(low: float, high: float) -> None:
    ticks = round_ticks(low=low, high=high, count=5)
    assert ticks[0] <= low + 1e-9
    assert ticks[-1] >= high - 1e-9
    assert 2 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))


def test_days_are_marked_by_year_month_or_one_by_one() -> None:
    assert [label for _, label in date_ticks(weekdays(1200))] == ["2013", "2014", "2015", "2016"]
    assert [label for _, label in date_ticks(weekdays(60))] == ["2012-02", "2012-03"]
    assert [label for _, label in date_ticks(weekdays(3))] == ["2012-01-02"]
    assert date_ticks([]) == []
