"""Passkeys from the command line, against a server on which a browser made some."""

import json
import os
import subprocess
import sys

import httpx
import pytest

from adapters.cli.failures import FAILED
from tests.authenticator import Authenticator
from tests.integration.serving import Served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)


def _ballast(served: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Signed just now: what changes passkeys asks for that.
    environment = {"BALLAST_URL": served.server.url, "BALLAST_TOKEN": served.server.token()}
    return subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "passkeys", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _register(served: Served, label: str) -> str:
    port = httpx.URL(served.server.url).port
    device = Authenticator(origin=f"http://localhost:{port}")
    headers = {"Authorization": f"Bearer {served.server.token()}"}
    with httpx.Client(base_url=served.server.url, headers=headers, trust_env=False) as http:
        asked = http.post("/api/v1/passkeys/options")
        assert asked.status_code == httpx.codes.OK, asked.text
        made = device.make(asked.json()["public_key"])
        # The others are those that every test of this server comes in by.
        asked_for = {"credential": made, "label": label, "keep_other_sessions": True}
        kept = http.post("/api/v1/passkeys", json=asked_for)
        assert kept.status_code == httpx.codes.CREATED, kept.text
    return str(kept.json()["id"])


def test_passkeys_are_listed_and_removed_by_label_or_id(served: Served) -> None:
    assert _ballast(served, "list").stdout == "no passkeys\n"
    _register(served, "Phone")
    twins = [_register(served, "Key") for _ in range(2)]
    listed = _ballast(served, "list")
    assert listed.returncode == 0, listed.stderr
    assert "Phone" in listed.stdout
    ids = [one["id"] for one in json.loads(_ballast(served, "list", "--json").stdout)]
    assert ids[1:] == twins
    assert _ballast(served, "remove", "Phone").stdout == "removed\n"
    torn = _ballast(served, "remove", "Key")
    assert torn.returncode == FAILED
    assert all(one in torn.stderr for one in twins)
    for one in twins:
        assert _ballast(served, "remove", one).stdout == "removed\n"
    gone = _ballast(served, "remove", "Phone")
    assert gone.returncode == FAILED
    assert "no passkey is called Phone" in gone.stderr
