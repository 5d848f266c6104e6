"""Patterns are read out of a file of prices; a wrong row is named and nothing is written."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.failures import CommandFailed
from bootstrap.cli import app

HEAD = "at,symbol,price,volume"


def run(folder: Path, rows: Sequence[str], *, head: str = HEAD) -> Path:
    file, out = folder / "prices.csv", folder / "out"
    file.write_text("\n".join([head, *rows]) + "\n")
    CliRunner().invoke(
        app, ["patterns", "run", str(file), "--out", str(out)], catch_exceptions=False
    )
    return out


def read(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines()))


def wave(symbol: str, count: int) -> list[str]:
    """Return minutes around midnight in New York (05:00 UTC in winter)."""
    return [
        f"2026-01-06T{4 + minute // 60:02}:{minute % 60:02}:00Z,{symbol},"
        f"{100 + 5 * math.sin(minute / 9):.4f},{100 + minute % 7}"
        for minute in range(count)
    ]


def test_states_and_signals_are_written_row_by_row_and_symbol_by_symbol(tmp_path: Path) -> None:
    alone = read(run(tmp_path, wave("AAA", 120)) / "states.csv")
    mixed = [row for pair in zip(wave("AAA", 120), wave("BBB", 120), strict=True) for row in pair]
    out = run(tmp_path, mixed)
    states = read(out / "states.csv")
    assert len(states) == 240
    # What another symbol does changes nothing, and absent is empty.
    assert [row for row in states if row["symbol"] == "AAA"] == alone
    assert [row["sigma"] == row["score"] == "" for row in alone] == [True] * 20 + [False] * 100
    # The session is New York's day: VWAP begins anew at 05:00 UTC.
    assert float(alone[60]["vwap"]) == pytest.approx(100 + 5 * math.sin(60 / 9), abs=1e-4)
    signals = read(out / "signals.csv")
    assert {row["side"] for row in signals} == {"buy", "sell"}
    scores = {(row["at"], row["symbol"]): row["score"] for row in states}
    for signal in signals:
        assert abs(float(signal["score"])) > 0.3
        assert scores[signal["at"], signal["symbol"]] == signal["score"]
    assert sorted(path.name for path in out.iterdir()) == ["signals.csv", "states.csv"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-01-06T05:00:00Z,AAA,0,1", "line 4: price: must be above 0"),
        ("2026-01-06T05:00:00Z,AAA,x,1", "line 4: price: must be a number, not 'x'"),
        ("2026-01-06T05:00:00Z,AAA,1,-1", "line 4: volume: must be 0 or more"),
        ("2026-01-06T05:00:00,AAA,1,1", "line 4: at: must carry a time zone"),
        ("2026-01-06T05:00:00Z,AAA,1_000,1", "line 4: price: must be a number, not '1_000'"),
        ("2026-01-06T05:00:00Z,AAA,1,\u0663", "line 4: volume: must be a number"),
        ("noon,AAA,1,1", "line 4: at: must be a time such as"),
        ("2026-01-06T05:00:00Z,aaa,1,1", "line 4: symbol: must be"),
        ("2026-01-06T03:00:00Z,AAA,1,1", "line 4: at: must not be before"),
        ("2026-01-06T05:00:00Z,AAA,1", "line 4: row: must have 4 fields, not 3"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(CommandFailed) as met:
        run(tmp_path, [*wave("AAA", 2), row])
    assert f"prices.csv, {said}" in str(met.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_mark_of_the_encoding_and_other_line_ends_change_nothing(tmp_path: Path) -> None:
    rows = wave("AAA", 60)
    plain = (run(tmp_path, rows) / "states.csv").read_bytes()
    assert (run(tmp_path, rows, head=f"\ufeff{HEAD}") / "states.csv").read_bytes() == plain
    assert (run(tmp_path, [f"{one}\r" for one in rows]) / "states.csv").read_bytes() == plain


def test_where_nothing_can_be_read_or_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    for content, out, told in (
        (None, tmp_path / "out", "prices.csv: No such file"),
        (b"", tmp_path / "out", "prices.csv, line 1: head: must be"),
        (b"\xff", tmp_path / "out", "prices.csv: must be UTF-8"),
        (f"{HEAD}\n".encode(), file, "prices.csv: File exists"),
        (f"{HEAD}\n".encode(), file / "out", "out: Not a directory"),
    ):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(CommandFailed, match=told):
            CliRunner().invoke(
                app, ["patterns", "run", str(file), "--out", str(out)], catch_exceptions=False
            )


def test_another_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="line 1: head: must be at,symbol,price,volume"):
        run(tmp_path, [], head="time,symbol,price,volume")


def test_a_sweep_says_of_every_set_what_the_pattern_itself_fires(tmp_path: Path) -> None:
    rows = [*wave("AAA", 120), *wave("BBB", 60)]
    fired = read(run(tmp_path, rows) / "signals.csv")
    out = tmp_path / "sweep.csv"
    arguments = ["patterns", "sweep", str(tmp_path / "prices.csv"), "--out", str(out)]
    more = ["--threshold", "0.3,0.9", "--fast", "0.1,0.2", "--horizon", "2"]
    said = CliRunner().invoke(app, [*arguments, *more], catch_exceptions=False).stdout
    found = read(out)
    assert len(found) == 8
    told = dict(line.split(maxsplit=1) for line in said.splitlines())
    assert told["engine"] in ("gpu", "cpu", "reference")
    assert told["engine"] == "gpu" or told["without"].startswith(("gpu: ", "numba "))
    for symbol in ("AAA", "BBB"):
        (usual,) = [
            one
            for one in found
            if (one["symbol"], one["fast"], one["threshold"]) == (symbol, "0.1", "0.3")
        ]
        assert int(usual["signals"]) == sum(one["symbol"] == symbol for one in fired)
        assert 0 <= int(usual["hits"]) <= int(usual["judged"]) <= int(usual["signals"])


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("--fast", "x", "fast"), ("--fast", "0.01", "fast"), ("--horizon", "0", "horizon")],
)
def test_a_sweep_that_makes_no_sense_is_refused(
    tmp_path: Path, option: str, value: str, told: str
) -> None:
    run(tmp_path, wave("AAA", 30))
    out = tmp_path / "sweep.csv"
    arguments = ["patterns", "sweep", str(tmp_path / "prices.csv"), "--out", str(out)]
    with pytest.raises(CommandFailed, match=told):
        CliRunner().invoke(app, [*arguments, option, value], catch_exceptions=False)
    assert not out.exists()


def test_a_sweep_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    run(tmp_path, wave("AAA", 30))
    file = tmp_path / "prices.csv"
    arguments = ["patterns", "sweep", str(file), "--out", str(file / "sweep.csv")]
    with pytest.raises(CommandFailed, match=r"prices\.csv: File exists"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "prices.csv"]
