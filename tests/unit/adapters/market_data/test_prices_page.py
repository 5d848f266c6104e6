"""The page on price folders shows what is read, and names what is accepted."""

import re
from pathlib import Path

from adapters.market_data.calendars import DAILY_CALENDARS
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.history import trading_days
from bootstrap.market.prices import check_prices
from bootstrap.settings.market import MarketSettings
from bootstrap.settings.sections import Settings
from tests.unit.adapters.market_data.folders import put
from tests.unit.adapters.market_data.test_folder import WEEKDAYS
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs" / "prices.md").read_text()


def shown(folder: Path) -> Path:
    """Write the tables of the page, each at the path that stands before it."""
    tables = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    for name, text in zip(
        ("bars/1d/QX.csv", "instruments.csv", "actions/QX.csv"), tables, strict=True
    ):
        assert PAGE.index(f"`{name}`") < PAGE.index(text)
        put(folder / name, text)
    return folder


def test_the_tables_of_the_page_are_a_folder(tmp_path: Path) -> None:
    history = read_folder(shown(tmp_path))
    first, second, third = trading_days(history, calendars=WEEKDAYS)
    assert [len(day.prices) for day in (first, second, third)] == [1, 1, 1]
    assert [len(day.dividends) for day in (first, second, third)] == [0, 1, 0]
    assert [len(day.splits) for day in (first, second, third)] == [0, 0, 1]
    assert history.instruments[0].sector == "Shipping"


def test_the_doctor_reads_the_whole_folder(tmp_path: Path) -> None:
    own = MarketSettings(source="folder", folder=shown(tmp_path))
    found = check_prices(Settings(market=own))
    assert "1 symbols, 3 days' prices, 2024-01-02 to 2024-01-04 in XNYS" in str(found)
    put(tmp_path / "bars" / "1d" / "QX.csv", "time\n")
    assert "bars/1d/QX.csv line 1: the header must be" in str(check_prices(Settings(market=own)))


def test_the_page_names_every_calendar() -> None:
    listed = re.search(r"one stretch a day: (.*?)\. Days", PAGE)
    assert listed is not None
    assert tuple(listed[1].split(", ")) == DAILY_CALENDARS
