"""Letters open by docs/letters.md on a bare machine: age, Python and k pages, nothing of ours."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.age.sheet import KEY_SCRIPT
from bootstrap.cli import app
from tests.strict import is_strict

PAGE = Path(__file__).resolve().parents[3] / "docs/letters.md"
LETTER = "Dear all,\nthe deed is in the safe. \N{SNOWMAN}\n".encode()
OPENS = "shamir recover"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def ballast(*arguments: str) -> str:
    return CliRunner().invoke(app, ["succession", *arguments], catch_exceptions=False).stdout


@pytest.fixture
def heirs(tmp_path: Path) -> Path:
    """What a bare machine has: the age file, three pages, and key.py as the page prints it."""
    (tmp_path / "letter.pdf").write_bytes(LETTER)
    pages, sealed = tmp_path / "pages", tmp_path / "sealed"
    owner = ballast("identity", str(tmp_path / "my-age-key.txt")).strip()
    trustees = [part for name in ("Ann", "Ben", "Cleo") for part in ("--trustee", name)]
    key = ["--owner", owner, "--threshold", "2", "--shares", str(pages)]
    ballast("seal", str(tmp_path / "letter.pdf"), *key, *trustees, "--out", str(sealed))
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in (
        sealed / "letter.pdf.age",
        *pages.glob("share-*.txt"),
        tmp_path / "my-age-key.txt",
    ):
        shutil.move(file, bare / file.name)
    (script,) = blocks("python")
    assert script == KEY_SCRIPT
    (bare / "key.py").write_text(script)
    return bare


def words_of(page: Path) -> str:
    """Copy the words off a page as a person does: by their numbers."""
    numbered = re.findall(r"\b(\d+)  ([a-z]+)\b", page.read_text().split("-" * 72)[1])
    return " ".join(word for _, word in sorted(numbered, key=lambda one: int(one[0])))


def run(command: str, folder: Path, told: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the page without sight of the product."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": tools, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        input=told,
        capture_output=True,
        text=True,
        timeout=50,
    )


@pytest.mark.parametrize("some", [(1, 2), (3, 1)])
def test_two_of_three_pages_open_a_letter_by_the_commands_of_the_page(
    heirs: Path, some: tuple[int, int]
) -> None:
    if shutil.which("age") is None and not is_strict():
        pytest.skip("age is not installed")
    recover, key, opens = next(one for one in blocks("sh") if one.startswith(OPENS)).splitlines()
    told = "".join(f"{words_of(heirs / f'share-{one}.txt')}\n" for one in some)
    digits = run(recover, heirs, told)
    assert digits.returncode == 0, digits.stderr
    assert run(key, heirs, f"{digits.stdout.splitlines()[-1]}\n").returncode == 0
    opened = run(opens, heirs)
    assert opened.returncode == 0, opened.stderr
    assert (heirs / "letter.pdf").read_bytes() == LETTER


def test_the_owner_opens_a_letter_alone(heirs: Path) -> None:
    if shutil.which("age") is None and not is_strict():
        pytest.skip("age is not installed")
    (command,) = re.findall(r"`(age -d -i my-age-key[^`]*)`", PAGE.read_text())
    assert run(command, heirs).returncode == 0
    assert (heirs / "letter.pdf").read_bytes() == LETTER


def test_one_page_opens_nothing(heirs: Path) -> None:
    words = words_of(heirs / "share-2.txt")
    told = run(OPENS, heirs, f"{words}\n{words}\n")
    assert "1 of 2 shares needed" in told.stdout
    assert "master secret" not in told.stdout
