"""A server's whole state comes back from one file, on another machine's data folder."""

import json
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bootstrap.backup.archive import MANIFEST
from tests.integration.bootstrap.processes import Served, ballast, served

# Starts servers, and each back-up and restore runs programs of its own.
pytestmark = pytest.mark.timeout(300)

_CALM = {"BALLAST_REPLAY_SECONDS_PER_DAY": "2"}
_COMPARED = ("id", "state", "symbol", "quantity", "filled_quantity")


def told(folder: Path, *arguments: str) -> Any:
    done = ballast(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ready(server: Served) -> None:
    until(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)


def until(is_so: Callable[[], bool], *, within_s: float = 40.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    items = told(folder, "order", "list", "--limit", "200")["items"]
    return {one["id"]: {name: one[name] for name in _COMPARED} for one in items}


@contextmanager
def trading(folder: Path) -> Iterator[list[str]]:
    """Submit orders for as long as the block runs; gives the ids that were acknowledged."""
    taken: list[str] = []
    over = threading.Event()
    token = ballast(folder, "token").stdout.strip()
    url = json.loads((folder / "server.json").read_text())["url"]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        (account,) = client.get("/api/v1/accounts").json()["items"]
        body = {
            "account_id": account["id"],
            "side": "buy",
            "type": "market",
            "quantity": "1",
            "time_in_force": "day",
        }

        def submit() -> None:
            while not over.is_set():
                symbol = ("IBM", "MSFT")[len(taken) % 2]
                answer = client.post(
                    "/api/v1/orders",
                    json={**body, "symbol": symbol},
                    headers={"Idempotency-Key": f"k-{len(taken)}-{time.monotonic_ns()}"},
                )
                if answer.status_code == 201:
                    taken.append(answer.json()["order"]["id"])
                else:
                    # Closed for the night, or rates: the day comes again.
                    time.sleep(0.05)

        thread = threading.Thread(target=submit)
        thread.start()
        try:
            until(lambda: len(taken) >= 10)
            yield taken
        finally:
            over.set()
            thread.join(timeout=30)


def test_a_backup_under_load_is_restored_elsewhere_verified_and_served(tmp_path: Path) -> None:
    here, there, out = tmp_path / "here" / "var", tmp_path / "there" / "var", tmp_path / "b.tar"
    here.parent.mkdir()
    there.parent.mkdir()
    with served(here, **_CALM) as server:
        ready(server)
        with trading(here) as taken:
            began = len(taken)
            made = ballast(here, "backup", "--out", str(out))
            assert made.returncode == 0, made.stderr
            before = set(taken[:began])
            until(lambda: len(taken) > began + 5)
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
    restored = ballast(there, "restore", str(out))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "is kept: it knows what happened since" in restored.stdout
    assert "everything fits together" in restored.stdout
    twice = ballast(there, "restore", str(out))
    assert twice.returncode == 5
    assert "holds tables already" in twice.stderr

    with served(there, **_CALM) as server:
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
        until(lambda: ballast(there, "order", "submit", "IBM", "buy", "1").returncode == 0)


def test_without_its_venue_the_account_halts_and_is_not_repaired(tmp_path: Path) -> None:
    here, there, out = tmp_path / "here" / "var", tmp_path / "there" / "var", tmp_path / "b.tar"
    here.parent.mkdir()
    there.parent.mkdir()
    with served(here, **_CALM) as server:
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
    restored = ballast(there, "restore", str(out))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "as it was at the back-up" in restored.stdout
    # Another broker than the books': it knows none of the positions.
    shutil.rmtree(there / "paper-venue")
    with served(there, **_CALM) as server:
        ready(server)
        positions = told(there, "account", "positions")["items"]
        until(lambda: "reconciliation" in ballast(there, "kill", "status", "--json").stdout)
        until(lambda: "position IBM" in ballast(there, "kill", "status", "--json").stdout)
        assert "on at the back-up" in ballast(there, "kill", "status", "--json").stdout
        assert ballast(there, "kill", "release", "never mind").returncode != 0
        assert told(there, "account", "positions")["items"] == positions


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
    done = ballast(tmp_path / "var", "restore", str(file))
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


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a back-up of a server that was only founded; no secret is in it."""
    folder = tmp_path_factory.mktemp("founded") / "var"
    out = folder.parent / "b.tar"
    with served(folder, **_CALM) as server:
        ready(server)
        made = ballast(folder, "backup", "--out", str(out))
        assert made.returncode == 0, made.stderr
        (password,) = [
            line.split()[-1] for line in server.greeting.splitlines() if "password" in line
        ]
    kept = out.read_bytes()
    assert MANIFEST.encode() in kept
    key = (folder / "keys" / "access-token.pem").read_bytes()
    cluster = (folder / "postgres" / "ballast.password").read_bytes().strip()
    for secret in (password.encode(), key, cluster):
        assert secret not in kept
    return out
