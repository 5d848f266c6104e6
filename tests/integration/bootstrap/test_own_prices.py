"""A server plays a folder of the user's own prices: from the first order over a restart."""

from datetime import date
from pathlib import Path

import pytest

from tests.integration.bootstrap.processes import ballast, refused_start
from tests.integration.bootstrap.test_laps import (
    ENDED,
    booked,
    market,
    playing,
    positions,
    said,
    submit,
    until,
)
from tests.unit.adapters.market_data.folders import BARS, put, table, write_folder
from tests.unit.bootstrap.replay.markets import weekdays_from

# Three servers, one after the other, on one folder.
pytestmark = pytest.mark.timeout(900)

PAUSED = {"BALLAST_REPLAY_SECONDS_PER_DAY": "0.5", "BALLAST_REPLAY_PAUSED": "true"}
AT_ONCE = {"BALLAST_REPLAY_SECONDS_PER_DAY": "0"}
# London makes up for New Year on the third of January; its next holiday is at Easter.
FIRST, DAYS = date(2005, 1, 4), 55
SPLIT, PAYS = "2005-02-10", "2005-02-15"


def own_prices(folder: Path) -> Path:
    days = weekdays_from(FIRST, count=DAYS)
    whole = [f"{day},100,101,99,100,1000000" for day in days]
    halved = [f"{day},50,50.5,49.5,50,2000000" for day in days if f"{day}" >= SPLIT]
    return write_folder(
        folder,
        {"QX": whole[: -len(halved)] + halved, "QY": whole, "ZL": whole},
        instruments=(
            "ZL,Zed Lines,Shipping,GBP,0.05,10,XLON",
            "QX,,,GBP,,,XLON",
            "QY,,,GBP,,,XLON",
        ),
        actions={"QX": (f"{SPLIT},split,2,1,", f"{PAYS},dividend,,,0.5")},
    )


def denied(folder: Path, *arguments: str) -> str:
    done = ballast(folder, "order", "submit", *arguments)
    assert done.returncode == 3, done
    return done.stderr


def test_the_first_order_in_a_symbol_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    own = {
        "BALLAST_MARKET_SOURCE": "folder",
        "BALLAST_MARKET_FOLDER": str(own_prices(tmp_path / "prices")),
        # The days before are history: a rule asks for twenty days' volumes.
        "BALLAST_REPLAY_START": "2005-02-01",
        "BALLAST_REPLAY_END": "2005-03-21",
    }
    with playing(folder, **own, **PAUSED) as server:
        assert "order submit QX buy 10" in server.greeting
        traded = said(folder, "market", "instruments", "--json")["items"]
        assert [one["symbol"] for one in traded] == ["QX", "QY", "ZL"]
        assert [one["sector"] for one in traded] == ["unclassified", "unclassified", "Shipping"]
        assert "tick" in denied(folder, "ZL", "buy", "10", "--limit", "100.01")
        assert "lot" in denied(folder, "ZL", "buy", "15", "--limit", "100.05")
        submit(folder, "QX", "buy", "200")
        # Neither has a sector: together they are over the limit of one.
        assert "SECTOR_CONCENTRATION" in denied(folder, "QY", "buy", "100")
        said(folder, "market", "resume")
        until(lambda: market(folder)["now"] >= SPLIT)
        said(folder, "market", "pause")
        assert positions(folder) == {"QX": "400"}
    with playing(folder, **own, **PAUSED):
        # At most the step that was being delivered is repeated.
        assert market(folder)["now"] > "2005-02-09"
        assert positions(folder) == {"QX": "400"}
        said(folder, "market", "resume")
        until(lambda: booked(folder, "dividend"))
        said(folder, "market", "pause")
        submit(folder, "QX", "sell", "400")
        said(folder, "market", "resume")
        until(lambda: not positions(folder))
    with playing(folder, **own, **AT_ONCE):
        until(lambda: market(folder)["replay"] == ENDED)
        assert booked(folder, "dividend") == [f"dividend:QX:{PAYS}"]
        assert booked(folder, "split") == [f"split:QX:{SPLIT}"]
        assert "nothing is stopped" in ballast(folder, "kill", "status").stdout.lower()
        assert said(folder, "market", "resume", "--from-start") == {"state": "running"}
        until(lambda: market(folder)["replay"] == ENDED)


def test_a_folder_that_is_wrong_keeps_a_server_from_starting(tmp_path: Path) -> None:
    prices = own_prices(tmp_path / "prices")
    put(prices / "bars" / "1d" / "QX.csv", table(BARS, "2005-01-04,1,1,2,1,1"))
    done = refused_start(
        tmp_path / "var",
        "--profile",
        "memory",
        BALLAST_MARKET_SOURCE="folder",
        BALLAST_MARKET_FOLDER=str(prices),
    )
    assert done.returncode == 1
    assert "bars/1d/QX.csv line 2: low <= open, close <= high must hold" in done.stderr
