"""Members and tokens from the command line, against a server."""

import json
import os
import subprocess
import sys

import pytest

from adapters.cli.failures import FAILED, REFUSED
from domain.identity.personal_token import is_whole
from tests.integration.serving import Served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)


def _ballast(served: Served, *arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "BALLAST_URL": served.server.url,
        "BALLAST_TOKEN": token or served.token,
    }
    return subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_machine_is_let_in_as_far_as_it_was_granted(served: Served) -> None:
    added = _ballast(served, "members", "add-machine", "night-shift")
    assert added.returncode == 0, added.stderr
    made = _ballast(
        served,
        "tokens",
        "create",
        "night",
        "--machine",
        "night-shift",
        "--scope",
        "accounts.read",
        "--scope",
        "identity.self",
        "--days",
        "1",
        "--json",
    )  # fmt: skip - an option and its value on one line
    assert made.returncode == 0, made.stderr
    secret = json.loads(made.stdout)["token"]
    assert is_whole(secret)

    def accounts() -> list[str]:
        seen = _ballast(served, "account", "list", "--json", token=secret)
        assert seen.returncode == 0, seen.stderr
        return [one["id"] for one in json.loads(seen.stdout)["items"]]

    assert accounts() == []
    granted = _ballast(served, "members", "grant", "night-shift", served.account_id)
    assert granted.returncode == 0, granted.stderr
    assert accounts() == [served.account_id]
    refused = _ballast(served, "kill", "activate", "drill", token=secret)
    assert refused.returncode == FAILED
    assert "this needs kill.activate" in refused.stderr
    listed = _ballast(served, "members", "list").stdout
    assert "night-shift" in listed
    assert _ballast(served, "members", "revoke", "night-shift", served.account_id).returncode == 0
    assert accounts() == []
    shown = _ballast(served, "tokens", "list", "--all").stdout
    assert secret[-4:] in shown
    assert secret not in shown
    token_id = json.loads(made.stdout)["id"]
    assert _ballast(served, "tokens", "revoke", token_id).stdout == "revoked\n"
    assert _ballast(served, "account", "list", token=secret).returncode == REFUSED
