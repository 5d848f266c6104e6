"""A back-up holds the journal of every paper venue of ours, and puts each where it belongs."""

from pathlib import Path

from adapters.brokers.paper.journal_copies import Venues
from adapters.postgres.backup.archive import DUMP, opened, write_archive
from bootstrap.backup.keys import Keyring, sealer_of
from bootstrap.backup.making import copy_venues
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings

NAMES = ("paper-venue", "paper-venue-second")


def at(folder: Path) -> Settings:
    return load_settings(
        environment={
            "BALLAST_CONFIG": "",
            "BALLAST_DATA_DIR": str(folder),
            "BALLAST_BROKERS_SECOND_KIND": "paper",
            # One elsewhere keeps what it knows itself.
            "BALLAST_BROKERS_THIRD_KIND": "paper",
            "BALLAST_BROKERS_THIRD_URL": "http://127.0.0.1:8101",
        }
    ).settings


def test_each_venue_comes_back_into_its_own_folder(tmp_path: Path) -> None:
    here, there, work = tmp_path / "here", tmp_path / "there", tmp_path / "work"
    for name in NAMES:
        (here / name).mkdir(parents=True)
        (here / name / "venue-1.jsonl").write_text(name)
    work.mkdir()
    (work / DUMP).write_bytes(b"dump")
    settings = at(here)
    parts = {DUMP: work / DUMP, **copy_venues(settings, work)}
    assert list(parts) == [DUMP, *(f"{name}/venue-1.jsonl" for name in NAMES)]
    file = tmp_path / "b.ballast"
    about = {"made_at": "2026-01-02T00:00:00+00:00"}
    write_archive(file, parts=parts, about=about, sealer=sealer_of(settings))
    # The second one has been there all the time, and knows more.
    (there / NAMES[1]).mkdir(parents=True)
    (there / NAMES[1] / "venue-9.jsonl").write_text("later")
    with opened(file, key_of=Keyring(settings=settings).key_of) as backup:
        venues = Venues(backup.venue, there)
        venues.put()
    assert (there / NAMES[0] / "venue-1.jsonl").read_text() == NAMES[0]
    assert [one.name for one in (there / NAMES[1]).iterdir()] == ["venue-9.jsonl"]
    assert venues.said == (
        "paper-venue: the paper venue is as it was at the back-up; paper-venue-second: the paper"
        " venue that was here is kept: it knows what happened since"
    )
