"""Sealing writes age files and pages, nothing over what is there, and says what it refuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.age.sealing import joined_identity, new_identity, opened
from adapters.cli.failures import CommandFailed
from bootstrap.cli import app

OWNER = new_identity()[1]
THREE = [part for name in ("Ann", "Ben", "Cleo") for part in ("--trustee", name)]
KEY = ["--owner", OWNER, *THREE, "--threshold", "2"]


def seal(folder: Path, *arguments: str) -> str:
    letter = folder / "will.txt"
    letter.write_bytes(b"All to the library.")
    asked = ["succession", "seal", str(letter), "--out", str(folder / "sealed"), *arguments]
    return CliRunner().invoke(app, asked, catch_exceptions=False).output


def shares_of(pages: Path) -> list[str]:
    found = []
    for page in sorted(pages.glob("share-*.txt")):
        numbered = {
            int(cell[:3]): cell[3:].strip()
            for line in page.read_text().split("-" * 72)[1].splitlines()
            for cell in (line[at : at + 21] for at in range(0, len(line), 21))
        }
        found.append(" ".join(numbered[at] for at in sorted(numbered)))
    return found


def test_pages_and_files_are_for_their_owner_alone_and_no_word_is_shown(tmp_path: Path) -> None:
    told = seal(tmp_path, *KEY, "--shares", str(tmp_path / "pages"))
    shares = shares_of(tmp_path / "pages")
    assert [len(one.split()) for one in shares] == [33, 33, 33]
    sealed = (tmp_path / "sealed/will.txt.age").read_bytes()
    assert opened(sealed, identity=joined_identity(shares[1:])) == b"All to the library."
    for file in (*(tmp_path / "pages").iterdir(), tmp_path / "sealed/will.txt.age"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "pages").stat().st_mode & 0o777 == 0o700
    # The words stand on the pages alone.
    assert not any(" ".join(one.split()[4:7]) in told for one in shares)


def test_a_further_letter_needs_no_new_pages(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    seal(tmp_path, *KEY, "--shares", str(pages))
    (tmp_path / "sealed/will.txt.age").unlink()
    seal(tmp_path, "--recipients", str(pages / "recipients.txt"))
    sealed = (tmp_path / "sealed/will.txt.age").read_bytes()
    identity = joined_identity(shares_of(pages)[:2])
    assert opened(sealed, identity=identity) == b"All to the library."


def test_nothing_is_written_over(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    seal(tmp_path, *KEY, "--shares", str(pages))
    before = (pages / "share-1.txt").read_text()
    for folder in (pages, tmp_path / "other"):
        with pytest.raises(CommandFailed, match="File exists"):
            seal(tmp_path, *KEY, "--shares", str(folder))
    assert (pages / "share-1.txt").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*KEY], "--shares: must name a new folder"),
        ([*THREE, "--threshold", "2", "--shares", "p"], "--owner: must be a key of age"),
        (["--owner", OWNER, *THREE, "--threshold", "1", "--shares", "p"], "threshold: must be 2"),
        (["--owner", OWNER, *THREE, "--threshold", "4", "--shares", "p"], "threshold: must be 2"),
        (["--owner", OWNER, "--threshold", "2", "--shares", "p"], "trustees: must be 1 to 16"),
        ([*KEY, "--recipients", "p"], "--recipients: stands alone"),
    ],
)
def test_what_cannot_be_sealed_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandFailed, match=said) as met:
        seal(tmp_path, *arguments)
    assert met.value.code == 2
    assert not (tmp_path / "sealed").exists()


def test_a_file_of_other_than_two_recipients_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "recipients.txt"
    for text in ("", f"{OWNER}\n", f"{OWNER}\n{OWNER}\n", f"{OWNER}\nage1nothing\n"):
        file.write_text(text)
        with pytest.raises(CommandFailed, match="recipients"):
            seal(tmp_path, "--recipients", str(file))
