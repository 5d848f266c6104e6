"""The commands of the page for operators work, in the order in which they stand there."""

import re
import shlex
from pathlib import Path

import pytest

from tests.integration.backup.trading import ready
from tests.integration.bootstrap.processes import ballast, served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)


def commands() -> list[str]:
    """Return what the console blocks of the page's part on back-ups type."""
    page = (ROOT / "docs/operating.md").read_text()
    _, part = page.split("\n## Back-up and restore\n")
    blocks = re.findall(r"```console\n(.*?)```", part.partition("\n## ")[0], re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def test_a_backup_is_made_verified_and_restored_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "var"
    typed = commands()
    assert len(typed) == 4
    with served(folder) as server:
        ready(server)
        for line in typed:
            words = shlex.split(line)
            given = {}
            while "=" in words[0]:
                name, _, value = words.pop(0).partition("=")
                given[name] = value
            assert words.pop(0) == "ballast"
            done = ballast(folder, *words, **given)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    with served(tmp_path / "restored") as server:
        ready(server)
        assert "STOPPED" in ballast(tmp_path / "restored", "kill", "status").stdout
