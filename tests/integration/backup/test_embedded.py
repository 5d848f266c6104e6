"""A server's whole state comes back from one file, on another machine's data folder."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.integration.backup.trading import (
    CALM,
    key_of,
    orders,
    quantities,
    ready,
    told,
    trading,
    until,
)
from tests.integration.bootstrap.processes import ballast, served

# Starts servers, and each back-up and restore runs programs of its own.
pytestmark = pytest.mark.timeout(900)


def test_a_backup_under_load_is_restored_elsewhere_verified_and_served(tmp_path: Path) -> None:
    here, there, out = tmp_path / "here" / "var", tmp_path / "there" / "var", tmp_path / "b.tar"
    here.parent.mkdir()
    there.parent.mkdir()
    with served(here, **CALM) as server:
        ready(server)
        with trading(here) as taken:
            began = len(taken)
            made = ballast(here, "backup", "--out", str(out))
            assert made.returncode == 0, made.stderr
            before = set(taken[:began])
            # Some were taken in while the copy was made, and may be in it.
            copied = len(taken)
            until(lambda: len(taken) > copied + 5)
        # The whole of it fits together while the server runs.
        sound = ballast(here, "verify")
        assert sound.returncode == 0, sound.stdout
        known = orders(here)
        server.stop(signal.SIGKILL)
    assert out.stat().st_mode & 0o077 == 0
    again = ballast(here, "backup", "--out", str(out))
    assert again.returncode == 5
    assert "is there already" in again.stderr

    # The paper venue is the broker: it lives on and knows what came after the back-up.
    shutil.copytree(here / "paper-venue", there / "paper-venue")
    restored = ballast(there, "restore", str(out), *key_of(here))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "is kept: it knows what happened since" in restored.stdout
    assert "everything fits together" in restored.stdout
    twice = ballast(there, "restore", str(out), *key_of(here))
    assert twice.returncode == 5
    assert "holds tables already" in twice.stderr

    with served(there, **CALM) as server:
        ready(server)
        # Nothing goes out before a person has compared the books with the broker's.
        assert "STOPPED" in ballast(there, "kill", "status").stdout
        assert ballast(there, "order", "submit", "IBM", "buy", "1").returncode == 3
        now = orders(there)
        assert before <= now.keys()
        assert all(
            now[one] == known[one] for one in before & known.keys() if now[one]["state"] == "filled"
        )
        # Sent after the back-up: the books had no word of them, the broker has.
        lost = known.keys() - now.keys()
        assert lost
        until(lambda: ballast(there, "verify").returncode == 0)
        external = [
            one
            for one in told(there, "order", "list", "--limit", "200")["items"]
            if one["origin"] == "external"
        ]
        assert len(external) == sum(known[one]["filled_quantity"] != "0" for one in lost)
        until(lambda: ballast(there, "kill", "release", "compared").returncode == 0)
        # Where the copy has an order as not sent yet that the broker filled, its account is
        # stopped for that as well, and says so.
        for latch in told(there, "kill", "status")["latches"]:
            assert "fill_before_send" in latch["reason"]
            named = ("--account", latch["account_id"])
            assert ballast(there, "kill", "release", "compared", *named).returncode == 0
        # One that reduces: how much was bought before depends on the machine.
        refused: list[str] = []

        def sold() -> bool:
            # Denied around the replay's nights, and then those that are all alike as duplicates.
            done = ballast(there, "order", "submit", "IBM", "sell", str(1 + len(refused) % 9))
            refused.append(done.stderr)
            return done.returncode == 0

        until(sold, told=lambda: "\n".join(refused))


def test_without_its_venue_nothing_starts_until_somebody_says_how(
    tmp_path: Path,
) -> None:
    here, there, out = tmp_path / "here" / "var", tmp_path / "there" / "var", tmp_path / "b.tar"
    here.parent.mkdir()
    there.parent.mkdir()
    with served(here, **CALM) as server:
        ready(server)
        with trading(here):
            pass
        until(lambda: bool(told(here, "account", "positions")["items"]))
        stop = ballast(here, "kill", "activate", "on at the back-up")
        assert stop.returncode == 0, stop.stderr
        server.stop()
    # No server runs: the database is started for the back-up, and stopped again.
    made = ballast(here, "backup", "--out", str(out))
    assert made.returncode == 0, made.stderr
    held = ballast(here, "verify")
    assert held.returncode == 0, held.stdout
    there.mkdir()
    restored = ballast(there, "restore", str(out), *key_of(here))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "as it was at the back-up" in restored.stdout
    # Another broker than the books': it would know none of the positions.
    shutil.rmtree(there / "paper-venue")
    refused = ballast(there, "serve")
    assert refused.returncode == 1, refused.stderr
    assert "BALLAST_PAPER_REBUILD=true" in refused.stderr
    assert "Traceback" not in refused.stderr
    with served(there, **CALM, BALLAST_PAPER_REBUILD="true") as server:
        ready(server)
        positions = quantities(there)
        assert positions
        status = ballast(there, "kill", "status", "--json").stdout
        assert "on at the back-up" in status
        # Books and venue agree, so that nothing but the stops themselves is in the way.
        until(lambda: ballast(there, "kill", "release", "compared").returncode == 0)
        assert "reconciliation" not in ballast(there, "kill", "status", "--json").stdout
        assert quantities(there) == positions


@pytest.mark.parametrize("harm", ["cut", "bit", "foreign", "empty"])
def test_a_torn_or_foreign_file_is_told_and_leaves_nothing(
    tmp_path: Path, backed_up: Path, harm: str
) -> None:
    whole = backed_up.read_bytes()
    broken = {
        "cut": whole[: len(whole) // 2],
        "bit": whole[:-40_000] + bytes([whole[-40_000] ^ 1]) + whole[-39_999:],
        "foreign": b"PK\x03\x04" + b"x" * 5_000,
        "empty": b"",
    }[harm]
    assert broken != whole
    file = tmp_path / "broken.tar"
    file.write_bytes(broken)
    done = ballast(tmp_path / "var", "restore", str(file), *key_of(backed_up.parent / "var"))
    assert done.returncode == 5
    assert "torn one" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_there_is_nothing_to_back_up_or_verify_in_an_empty_folder(tmp_path: Path) -> None:
    for command in (("backup", "--out", str(tmp_path / "b.tar")), ("verify",)):
        done = ballast(tmp_path / "var", *command)
        assert done.returncode == 5
        assert "holds no database" in done.stderr
    assert not (tmp_path / "var").exists()
