"""Benchmark results survive being written, and a run of some rows keeps the others."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import main, row_names
from bench.results import load, result_of, save, table_of
from bench.rows import Better, Row, alone, compare


def _row(*, goal: float) -> Row:
    return compare(
        name="gate",
        unit="us",
        better=Better.LOWER,
        ours=[1.0],
        reference=[2.0],
        reference_name="peer",
        goal=goal,
    )


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = {"gate": result_of(_row(goal=0.5))}
    save(results, path=path)
    assert load(path) == results


def test_the_file_holds_every_promised_key(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    save({"gate": result_of(_row(goal=0.5))}, path=path)
    [stored] = json.loads(path.read_text())
    promised = {"name", "unit", "ours", "reference", "reference_name", "ratio", "goal", "met"}
    assert promised | {"spread"} <= stored.keys()
    assert stored["met"] is True


def test_a_missing_file_holds_no_results(tmp_path: Path) -> None:
    assert load(tmp_path / "results.json") == {}


def test_a_file_that_is_not_a_results_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"gate": 1}')
    with pytest.raises(ValueError, match=r"results\.json is not a results file"):
        load(path)


def test_the_table_shows_a_missed_goal() -> None:
    console = Console(width=160, file=StringIO())
    unmatched = alone(name="rule", unit="ns", better=Better.LOWER, ours=[41.0])
    console.print(table_of([result_of(_row(goal=0.4)), result_of(unmatched)]))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "NO" in shown
    assert "<= 0.4" in shown
    assert "rule" in shown


def test_rows_are_found_by_their_files(tmp_path: Path) -> None:
    for name in ("row_submit.py", "row_gate.py", "rows.py", "stats.py"):
        (tmp_path / name).touch()
    assert row_names(tmp_path) == ["gate", "submit"]


def test_an_unknown_row_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "no_such_row"]) == 2
    assert "unknown rows: no_such_row; known:" in capsys.readouterr().err
