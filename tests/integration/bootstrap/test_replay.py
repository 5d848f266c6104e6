"""The command in processes of its own, over the prices that ship with the product."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "bootstrap.cli", "replay"]
TIMEOUT_S = 120


def started(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    out, complaint = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, out + complaint


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def summary_in(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return read


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    arguments = ("--risk-per-trade", "1", "--cash", "250000", "--seed", "11")
    here = started("--out", str(first), *arguments, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    there = started(
        "--out",
        str(second),
        *arguments,
        "--quiet",
        PYTHONHASHSEED="99",
        TZ="America/New_York",
        LC_ALL="C",
        COLUMNS="60",
    )  # fmt: skip - an option and its value on one line
    assert ended(here)[0] == 0
    assert ended(there) == (0, "")
    assert hashes(first) == hashes(second)
    assert len(hashes(first)) == 10


def test_the_whole_history_adds_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said = ended(started("--out", str(out)))
    assert code == 0, said
    assert "12,154" in said
    summary = summary_in(out)
    assert (summary["bars"], summary["days"]) == (12_154, 3_270)
    assert summary["orders"] == summary["fills"] == 479
    cash = Decimal(summary["cash_at_start"])
    for fill in rows_in(out / "fills.csv"):
        value = Decimal(fill["quantity"]) * Decimal(fill["price"])
        cash += value if fill["side"] == "sell" else -value
        cash -= Decimal(fill["commission"])
    last = rows_in(out / "equity.csv")[-1]
    assert Decimal(last["cash"]) == cash == Decimal(summary["cash_at_end"])
    assert Decimal(last["equity"]) == cash + Decimal(last["market_value"])
    profit = sum(
        Decimal(each["realised_pnl"]) + Decimal(each["unrealised_pnl"]) - Decimal(each["fees"])
        for each in summary["symbols"].values()
    )
    assert Decimal(last["equity"]) == Decimal(summary["cash_at_start"]) + profit


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_a_readable_part(tmp_path: Path, kind: signal.Signals) -> None:
    out = tmp_path / "out"
    process = started("--out", str(out))
    # The folder is made before the handlers stand, and the prices take longest to read.
    deadline = time.monotonic() + TIMEOUT_S
    while not out.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(kind)
    code, said = ended(process)
    assert code == 130, said
    assert "Interrupted" in said
    summary = summary_in(out)
    assert summary["interrupted"] is True
    assert 1 <= summary["days"] < summary["days_planned"]
    equity = rows_in(out / "equity.csv")
    assert len(equity) == summary["days"]
    assert equity[-1]["date"] == summary["last_day"]
    assert "Interrupted after" in (out / "report.html").read_text()
    assert not [path for path in out.iterdir() if path.suffix == ".partial"]


def test_what_cannot_be_played_is_refused_in_a_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nrule_type = "MAX_ORDER_VALUE"\nthreshold = "much"\n')
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for arguments, complaint in (
        (("--out", str(out), "--symbols", "TSLA"), "AAPL, FB, GOOG, IBM, MSFT, not of TSLA"),
        (("--out", str(out), "--start", "2014-01-01"), "the prices go from 2000-03-01"),
        (("--out", str(out), "--rules", str(rules)), "threshold: must be a plain decimal"),
        (("--out", str(out), "--rules", str(tmp_path / "none.toml")), "No such file"),
        (("--out", str(tmp_path / "full"), "--quiet"), "is not empty"),
    ):
        code, said = ended(started(*arguments, COLUMNS="300"))
        assert code == 2, said
        assert complaint in said
        assert "Traceback" not in said
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
