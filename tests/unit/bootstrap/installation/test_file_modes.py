"""Files of ours that others can read or change are refused, with what to run."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.brokers.paper.change import Change, Counters
from adapters.brokers.paper.journal import VenueJournal
from adapters.system.file_modes import FilesOpen
from bootstrap.installation.file_modes import check_private
from bootstrap.settings.audit import AuditSettings
from bootstrap.settings.sections import Settings
from tests import builders


def settings_of(folder: Path) -> Settings:
    return Settings(data_dir=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a data folder with everything in it for us alone."""
    data = tmp_path / "var"
    for name in ("keys", "keys/signing", "paper-venue", "audit-anchor"):
        (data / name).mkdir(mode=0o700, parents=True)
    data.chmod(0o711)
    for name in (
        "keys/audit.keys",
        "keys/signing/one.pem",
        "paper-venue/venue-1.jsonl",
        "audit-anchor/audit-heads.jsonl",
        "owner.json",
    ):
        (data / name).touch(mode=0o600)
    return data


def test_a_folder_of_ours_and_one_that_is_not_there_yet_pass(folder: Path, tmp_path: Path) -> None:
    check_private(settings_of(folder))
    check_private(settings_of(tmp_path / "later"))


@pytest.mark.parametrize(
    ("name", "mode", "wanted"),
    [
        (".", 0o733, "go-w"),
        (".", 0o770, "go-w"),
        ("keys", 0o777, "700"),
        ("keys", 0o750, "700"),
        ("keys/signing", 0o701, "700"),
        ("keys/audit.keys", 0o604, "600"),
        ("keys/signing/one.pem", 0o640, "600"),
        ("paper-venue", 0o755, "700"),
        ("paper-venue/venue-1.jsonl", 0o644, "600"),
        ("audit-anchor", 0o711, "700"),
        ("audit-anchor/audit-heads.jsonl", 0o620, "600"),
        ("owner.json", 0o644, "600"),
    ],
)
def test_what_is_open_to_others_is_refused_with_its_place(
    folder: Path, name: str, mode: int, wanted: str
) -> None:
    path = folder / name
    path.chmod(mode)
    with pytest.raises(FilesOpen, match="is open to others") as told:
        check_private(settings_of(folder))
    assert f"`chmod {wanted} {path}`" in str(told.value)
    assert f"mode {mode:o}" in str(told.value)
    path.chmod(0o700 if path.is_dir() else 0o600)
    check_private(settings_of(folder))


def test_an_anchor_folder_elsewhere_is_looked_at_too(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    given = replace(settings_of(folder), audit=AuditSettings(anchor_dir=elsewhere))
    with pytest.raises(FilesOpen, match="elsewhere"):
        check_private(given)


def test_another_users_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    with pytest.raises(FilesOpen, match="belongs to user") as told:
        check_private(settings_of(folder))
    assert f"`chown -R {another} {folder}`" in str(told.value)


def test_a_venues_journal_is_ours_alone_from_its_making(tmp_path: Path) -> None:
    journal = VenueJournal(tmp_path / "paper-venue")
    snapshot = Change(now=builders.AT, counters=Counters())
    journal.open(restore=lambda _: None, snapshot=lambda: snapshot)
    journal.close()
    folder = tmp_path / "paper-venue"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]
