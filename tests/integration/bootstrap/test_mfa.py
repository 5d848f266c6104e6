"""An app is enrolled, used and taken away by commands, on a server that runs."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.integration.bootstrap.processes import Served, ballast, environment, served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

NEW = "seven copper lanterns drift"


def _done(folder: Path, *arguments: str, typed: str = "", **more: str) -> str:
    done = ballast(folder, *arguments, typed=typed, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _over_database(
    folder: Path, *arguments: str, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command as a process: it sets the logs of the whole process up."""
    return subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "users", "factors", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _post(server: Served, path: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{server.url}/api/v1{path}", json=body, trust_env=False)


def test_an_app_is_enrolled_used_and_taken_away_by_commands(
    tmp_path: Path, database_url: str
) -> None:
    folder, more = tmp_path / "var", {"BALLAST_DATABASE_URL": database_url}
    who = {"email": "owner@localhost", "password": NEW}
    with served(folder, **more) as server:
        _done(folder, "password", "reset", typed=f"{NEW}\n", **more)
        # A token of the folder's key that was signed in the second of the change is void too.
        time.sleep(1.0)
        picture = tmp_path / "code.svg"
        arguments = ("mfa", "enrol", "--label", "Phone", "--picture", str(picture))
        told = _done(folder, *arguments, **more)
        seed, uri, factor_id = re.findall(r"seed: (\S+)\n(\S+)\n.*confirm (\S+) CODE", told)[0]
        app = pyotp.parse_uri(uri)
        assert isinstance(app, pyotp.TOTP)
        before = _post(server, "/auth/login", who).json()["access_token"]
        assert (app.secret, picture.stat().st_mode & 0o777) == (seed, 0o600)
        confirmed = ballast(folder, "mfa", "confirm", factor_id, app.now(), **more)
        assert "1 sessions ended, 0 others go on; 0 personal" in confirmed.stderr
        codes = confirmed.stdout.split()
        assert len(codes) == 10
        ended = httpx.get(
            f"{server.url}/api/v1/sessions",
            headers={"Authorization": f"Bearer {before}"},
            trust_env=False,
        )
        assert ended.status_code == 401
        challenge = _post(server, "/auth/login", who)
        assert challenge.status_code == 202
        asked = {"challenge": challenge.json()["challenge"]}
        assert _post(server, "/auth/recovery", asked).status_code == 202
        assert "`ballast mfa cancel-recovery`" in _done(folder, "mfa", "list", **more)
        assert _done(folder, "mfa", "cancel-recovery", **more).startswith("canceled")
        assert ballast(folder, "mfa", "cancel-recovery", **more).returncode != 0
        body = {"challenge": challenge.json()["challenge"], "code": codes[0]}
        assert _post(server, "/auth/challenge", body).status_code == 200
        assert "9 backup codes left" in _done(folder, "mfa", "list", **more)
        renewed = _done(folder, "mfa", "backup-codes", **more).split()
        assert len(set(renewed) - set(codes)) == 10
        listed = json.loads(_done(folder, "mfa", "list", "--json", **more))
        assert [one["id"] for one in listed["items"]] == [factor_id]
        absent = _over_database(folder, "remove", "who@example.com", **more)
        assert (absent.returncode, absent.stdout) == (1, "")
        assert "no user has the address who@example.com" in absent.stderr
        elsewhere = ("owner@localhost", "--tenant", "01900000-0000-7000-8000-00000000dead")
        absent = _over_database(folder, "remove", *elsewhere, **more)
        assert "no user has the address owner@localhost" in absent.stderr
        shown = _over_database(folder, "list", "owner@localhost", **more)
        assert shown.stdout.split() == ["backup_code", "totp"], shown.stderr
        removed = _over_database(folder, "remove", "owner@localhost", **more)
        assert removed.stdout.startswith("1 removed"), removed.stderr
        assert _post(server, "/auth/login", who).status_code == 200
        again = _done(folder, "mfa", "enrol", **more)
        _done(folder, "mfa", "remove", re.findall(r"confirm (\S+) CODE", again)[0], **more)
        token = _done(folder, "token", **more).strip()
        headers = {"Authorization": f"Bearer {token}"}
        trail = httpx.get(f"{server.url}/api/v1/audit?limit=200", headers=headers, trust_env=False)
        actions = [one["action"] for one in trail.json()["items"]]
        assert actions.count("factor.remove_all") == 1
        log = server.log.read_text()
        for secret in (seed, *codes, *renewed, challenge.json()["challenge"]):
            assert secret not in log
