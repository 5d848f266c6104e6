"""The command line's own checks: what it refuses before it reads a price."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bootstrap.cli import app


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--start", "2004-02-30"], "must be a day such as"),
        (["--end", "20040101T"], "must be a day such as"),
        (["--cash", "NaN"], "must be a plain decimal"),
        (["--cash", "1e400x"], "must be a plain decimal"),
        (["--cash", "0"], "--cash: must be above 0"),
        (["--quantity", "-5"], "--quantity: must be above 0"),
        (["--risk-per-trade", "101"], "--risk-per-trade: must be at most 100"),
        (["--quantity", "5", "--risk-per-trade", "1"], "exclude each other"),
        (["--commission", "-1"], "--commission: must be 0 or more"),
        (["--symbols", "ibm"], "--symbols: must be 1 to 32"),
        (["--seed", "-1"], "--seed: must be from 0"),
        (["--start", "2004-01-02", "--end", "2004-01-01"], "--start: 2004-01-02 lies after"),
        (["--rules", "r.toml", "--no-rules"], "--rules: a rule file and no rules"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    out = tmp_path / "out"
    ended = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(
        app, ["replay", "--out", str(out), *arguments]
    )
    assert ended.exit_code == 2
    assert complaint in ended.output
    assert not out.exists()


def test_a_folder_is_needed() -> None:
    ended = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["replay"])
    assert ended.exit_code == 2
    assert "--out" in ended.output
