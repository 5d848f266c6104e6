"""`ballast replay --market FOLDER` plays the user's own prices."""

from pathlib import Path

from tests.integration.bootstrap.test_replay import (
    ended,
    hashes,
    rows_in,
    started,
    summary_in,
)
from tests.unit.adapters.market_data.folders import write_folder
from tests.unit.bootstrap.replay.markets import wave, weekdays

# New Year's Monday, Easter, early May, the late bank holiday and the jubilee.
CLOSED = ("01-02", "04-06", "04-09", "05-07", "06-04", "06-05")


def session_days() -> list[str]:
    """The first 120 sessions of London in 2012."""
    days = [day for day in weekdays(126) if f"{day:%m-%d}" not in CLOSED]
    return [str(day) for day in days]


def own_prices(folder: Path) -> Path:
    days = session_days()
    closes = wave(len(days), mean=100, swing=20, length=40)
    rows = [
        f"{day},{close},{close + 1},{close - 1},{close},1000000"
        for day, close in zip(days, closes, strict=True)
    ]
    return write_folder(
        folder,
        # A symbol may have gaps, and another begin later.
        {"QX.A": [row for at, row in enumerate(rows) if (at + 1) % 17], "QX.B": rows[30:]},
        instruments=("QX.A,,Ships,GBP,,,XLON", "QX.B,,,GBP,,,XLON"),
        actions={"QX.B": [f"{day},dividend,,,0.25" for day in days[40:100:5]]},
    )


def test_own_prices_are_replayed_to_the_same_bytes(tmp_path: Path) -> None:
    folder = own_prices(tmp_path / "mine")
    runs = [
        started(
            "--market",
            str(folder),
            "--out",
            str(tmp_path / name),
            "--no-rules",
            PYTHONHASHSEED=seed,
            TZ=zone,
        )
        for name, seed, zone in (("a", "1", "Asia/Tokyo"), ("b", "2", "America/New_York"))
    ]
    for run in runs:
        code, said = ended(run)
        assert code == 0, said
        assert "GBP" in said
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    summary = summary_in(tmp_path / "a")
    assert summary["currency"] == "GBP"
    assert (summary["days"], summary["bars"]) == (120, 113 + 90)
    assert set(summary["symbols"]) == {"QX.A", "QX.B"}
    fills = rows_in(tmp_path / "a" / "fills.csv")
    assert {fill["symbol"] for fill in fills} == {"QX.A", "QX.B"}
    assert {fill["currency"] for fill in fills} == {"GBP"}
    # London opens at eight, an hour earlier in UTC while it has its summer time.
    assert {fill["market_at"][11:16] for fill in fills} <= {"08:00", "07:00"}
    assert float(summary["dividends"]) > 0


def test_what_is_wrong_with_a_folder_is_told_by_file_and_line(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mine", {"QX.A": ("2012-01-01,1,1,1,1,1",)})
    code, said = ended(started("--market", str(folder), "--out", str(tmp_path / "out"), "-q"))
    assert code == 2
    told = " ".join(said.split()).replace(" ", "")
    assert "bars/1d/QX.A.csvline2:2012-01-01mustbeasessionofXNYS" in told
    assert not (tmp_path / "out" / "summary.json").exists()


def test_one_account_trades_one_currency(tmp_path: Path) -> None:
    row = "2012-01-03,1,1,1,1,1"
    folder = write_folder(
        tmp_path / "mine", {"AAA": (row,), "BBB": (row,)}, instruments=("BBB,,,EUR,,,",)
    )
    out = tmp_path / "out"
    code, said = ended(started("--market", str(folder), "--out", str(out)))
    assert code == 2
    assert "must be of one currency" in " ".join(said.split())
    code, said = ended(started("--market", str(folder), "--symbols", "BBB", "--out", str(out)))
    assert code == 0, said
