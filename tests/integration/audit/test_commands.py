"""`ballast audit` on the installation of a server that has run."""

import csv
import itertools
import json
from pathlib import Path

import jwt
import pytest

from adapters.security.anchor_file import NAME
from bootstrap.cli.noting import told_trail
from bootstrap.settings.load import load_settings
from tests.integration.backup.trading import CALM, ready, until
from tests.integration.bootstrap.processes import ballast, environment, served

pytestmark = pytest.mark.timeout(900)


def test_the_trail_of_a_server_is_verified_exported_and_its_key_rotated(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, **CALM) as server:
        ready(server)
        assert ballast(folder, "order", "submit", "IBM", "buy", "1").returncode in (0, 3)
        assert ballast(folder, "kill", "activate", "=a formula").returncode == 0
        # Beside a server that goes on, until all is in the chain.
        until(lambda: "not sealed yet" not in ballast(folder, "audit", "verify").stdout)
        sound = ballast(folder, "audit", "verify")
        assert sound.returncode == 0, sound.stdout + sound.stderr
        assert "the trail is as it was written" in sound.stdout
        server.stop()
    assert (folder / "audit-anchor" / NAME).stat().st_size > 0

    out, table = tmp_path / "trail.jsonl", tmp_path / "trail.csv"
    assert ballast(folder, "audit", "export", "--out", str(out)).returncode == 0
    assert ballast(folder, "audit", "export", "--csv", "--out", str(table)).returncode == 0
    again = ballast(folder, "audit", "export", "--out", str(out))
    assert again.returncode == 5
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    places = [line for line in lines if line["type"] == "entry"]
    assert {"order.submit", "kill_switch.activate"} <= {line["action"] for line in places}
    (head,) = (line for line in lines if line["type"] == "head")
    assert head["link"] == places[-1]["link"]
    assert [line["position"] for line in places] == list(range(1, len(places) + 1))
    assert all(after["previous"] == before["link"] for before, after in itertools.pairwise(places))
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(places)
    assert "'=a formula" in {row["reason"] for row in rows}

    first = ballast(folder, "audit", "rotate")
    assert first.returncode == 0, first.stderr
    with served(folder, **CALM) as server:
        ready(server)
        assert ballast(folder, "kill", "activate", "under the new key").returncode == 0
        until(lambda: "not sealed yet" not in ballast(folder, "audit", "verify").stdout)
        sound = ballast(folder, "audit", "verify", "--from", "2")
        assert sound.returncode == 0, sound.stdout + sound.stderr
        server.stop()
    (folder / "keys" / "audit.keys").rename(tmp_path / "audit.keys")
    lost = ballast(folder, "audit", "verify")
    assert lost.returncode == 5
    assert "keys are not here" in lost.stderr


def test_a_token_for_the_owner_is_in_the_trail_while_a_server_runs(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, **CALM) as server:
        ready(server)
        signed = ballast(folder, "token")
        assert signed.returncode == 0, signed.stderr
        assert signed.stderr == ""
        (token,) = signed.stdout.split()
        claims = jwt.decode(token, options={"verify_signature": False})
        # What is put back from the dead letters is told in the same way.
        settings = load_settings(environment=environment(folder)).settings
        assert told_trail(settings, action="dlq.replay", subject="0-17 0-18")
        until(lambda: "not sealed yet" not in ballast(folder, "audit", "verify").stdout)
        out = tmp_path / "trail.jsonl"
        assert ballast(folder, "audit", "export", "--out", str(out)).returncode == 0
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        by_action = {line["action"]: line for line in lines if line["type"] == "entry"}
        assert by_action["dlq.replay"]["subject"] == "0-17 0-18"
        entry = by_action["token.sign"]
        assert entry["action"] == "token.sign"
        assert entry["subject"] == claims["jti"]
        assert entry["actor"].startswith("operator")
        assert token not in out.read_text()
        server.stop()
    # Without a database it is signed all the same, and said.
    again = ballast(folder, "token")
    assert again.returncode == 0
    assert len(again.stdout.split()) == 1
    assert "not in the audit trail: no server runs on this data folder" in again.stderr


def test_a_deleted_or_cut_anchor_is_told_by_verify_and_by_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    anchor = folder / "audit-anchor" / NAME
    with served(folder, **CALM) as server:
        ready(server)
        for number in range(3):
            assert ballast(folder, "kill", "activate", f"stop {number}").returncode == 0
            until(lambda: "not sealed yet" not in ballast(folder, "audit", "verify").stdout)
        server.stop()
    whole = anchor.read_text().splitlines(keepends=True)
    assert len(whole) > 2
    for left, said in (("".join(whole[:-2]), "was taken away"), (None, "was taken away")):
        anchor.unlink()
        if left is not None:
            anchor.write_text(left)
        for command in (("audit", "verify"), ("verify",)):
            found = ballast(folder, *command)
            assert found.returncode == 1, found.stdout
            assert said in found.stdout
    # The servers go on, say so, and number what comes as if nothing had been lost.
    with served(folder, **CALM) as server:
        ready(server)
        until(lambda: "heads were anchored" in server.log.read_text())
        server.stop()
    assert ballast(folder, "audit", "verify").returncode == 1
    anchor.unlink()
    assert ballast(folder, "audit", "give-up-anchors").returncode == 5
    given_up = ballast(folder, "audit", "give-up-anchors", "--sure")
    assert given_up.returncode == 0, given_up.stderr
    with served(folder, **CALM) as server:
        ready(server)
        until(lambda: "not sealed yet" not in ballast(folder, "audit", "verify").stdout)
        sound = ballast(folder, "audit", "verify")
        assert sound.returncode == 0, sound.stdout
        assert "were given up" in sound.stdout
        server.stop()
    nothing = ballast(folder, "audit", "give-up-anchors", "--sure")
    assert nothing.returncode == 5
    assert "none is missing at its end" in nothing.stderr
