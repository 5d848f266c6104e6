"""A server without its key starts sealed, says so, and opens once the key is back."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.bootstrap.processes import Done, ballast, environment, served
from tests.integration.brokers.venue_process import venue_process
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

TRADER = {"key": "PK-trader-0123456789", "secret": "trader's secret 0123456789"}
TAKER = {"key": "PK-taker-0123456789", "secret": "taker's secret 0123456789"}
KEYS = "/api/v1/api-keys"


def eventually(holds: Callable[[], bool], *, within_s: float = 120.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def keys(folder: Path, *arguments: str) -> Done:
    """Run `ballast keys` as a process: it sets the logs of the whole process up."""
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "keys", *arguments],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def logged_in(folder: Path, url: str) -> httpx.Client:
    """Return a client of the owner's."""
    done = ballast(folder, "token")
    assert done.returncode == 0, done.stderr
    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=100)


def degraded(client: httpx.Client) -> list[str]:
    """Return what a server that is ready lacks."""
    answer = client.get("/health/ready")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["degraded"])


def test_the_key_is_turned_over_while_a_server_runs_and_missed_when_it_is_away(
    tmp_path: Path,
) -> None:
    folder, key_file = tmp_path / "var", tmp_path / "var/keys/secrets.json"
    with venue_process() as venue:
        paper = {"BALLAST_PAPER_URL": venue.url}
        for credentials, permissions in (
            (TRADER, ["read", "trade"]),
            (TAKER, ["read", "trade", "withdraw"]),
        ):
            issue = {**credentials, "permissions": permissions}
            httpx.post(f"{venue.url}/admin/credentials", json=issue, trust_env=False)
        with served(folder, **paper) as server, logged_in(folder, server.url) as client:
            eventually(lambda: "secrets" not in degraded(client))
            key_id = _kept_and_verified(client)
            assert key_file.stat().st_mode & 0o777 == 0o600
            assert "1 secrets open" in keys(folder, "self-test").stdout
            turned = keys(folder, "rotate")
            assert "rotated to version 2: 1 secrets wrapped anew" in turned.stdout, turned.stderr
            # The server that runs reads the new version by itself.
            assert client.post(f"{KEYS}/{key_id}/verify").json()["valid"] is True
            status = json.loads(keys(folder, "status", "--json").stdout)
            assert [(one["version"], one["state"]) for one in status["versions"]] == [
                (1, "retired"),
                (2, "current"),
            ]
        away = key_file.rename(key_file.with_suffix(".away"))
        doctor = ballast(folder, "doctor")
        assert doctor.returncode == 1
        assert "MISSING  secrets" in doctor.stdout
        assert keys(folder, "self-test").returncode == 5
        with served(folder, **paper) as server, logged_in(folder, server.url) as client:
            _sealed(client, key_id)
            assert not key_file.exists()
            away.rename(key_file)
            eventually(lambda: "secrets" not in degraded(client))
            assert client.post(f"{KEYS}/{key_id}/verify").json()["valid"] is True
        forgotten = keys(folder, "forget", "1")
        assert "--sure" in forgotten.stderr
        assert keys(folder, "forget", "1", "--sure").returncode == 0
        assert list(json.loads(key_file.read_text())["keys"]) == ["2"]
        assert keys(folder, "forget", "2", "--sure").returncode == 5


def _kept_and_verified(client: httpx.Client) -> str:
    """Keep a key over the venue's wire, and return its id."""
    body: dict[str, Any] = {"name": "Main", "broker": "paper", "environment": "paper"}
    refused = client.post(KEYS, json={**body, **TAKER})
    assert refused.json()["type"] == "/problems/withdrawal-refused"
    wrong = client.post(KEYS, json={**body, **TRADER, "secret": "no such secret 0123456789"})
    assert wrong.json()["type"] == "/problems/credentials-refused"
    made = client.post(KEYS, json={**body, **TRADER})
    assert made.status_code == 201, made.text
    key_id: str = made.json()["id"]
    verified = client.post(f"{KEYS}/{key_id}/verify")
    assert verified.json()["valid"] is True
    assert verified.json()["key"]["last_used_at"] is not None
    return key_id


def _sealed(client: httpx.Client, key_id: str) -> None:
    # Orders, cancels and stops need no secret: nobody is kept from them.
    eventually(lambda: "secrets" in degraded(client))
    verify = client.post(f"{KEYS}/{key_id}/verify")
    assert (verify.status_code, verify.json()["type"]) == (503, "/problems/secrets-sealed")
    assert client.get(f"{KEYS}/{key_id}").status_code == 200
    sealed = client.get("/api/status").json()["components"]["secrets"]
    assert (sealed["status"], sealed["running"]) == ("down", False)
    assert "is missing" in sealed["details"]["reason"]
    stop = {"scope": "tenant", "reason": "sealed"}
    assert client.post("/api/v1/kill-switch/activate", json=stop).status_code == 200
    # The rest works.
    assert client.get("/api/v1/accounts").status_code == 200
    account = client.get("/api/v1/accounts").json()["items"][0]["id"]
    order = {"account_id": account, "symbol": "IBM", "side": "buy", "quantity": "1"}
    submitted = client.post("/api/v1/orders", json={**order, "type": "market"})
    assert submitted.status_code in (201, 403), submitted.text
