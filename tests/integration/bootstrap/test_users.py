"""People are invited, kept out and let in by commands, and keys change under a running server."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from adapters.cli.failures import REFUSED
from adapters.http.open_paths import JWKS
from bootstrap.identity.access_tokens import KEY_FILE
from tests.integration.bootstrap.processes import Done, Served, ballast, served
from tests.unit.adapters.security.signing import pem

pytestmark = pytest.mark.timeout(900)

MEMORY = ("--profile", "memory")
NEW, NEWER = "seven copper lanterns drift", "eleven quiet harbours glow"


def _done(folder: Path, *arguments: str, typed: str = "") -> str:
    done: Done = ballast(folder, *arguments, typed=typed)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _log_in(server: Served, email: str, password: str) -> httpx.Response:
    body = {"email": email, "password": password, "device_label": "Tests"}
    return httpx.post(f"{server.url}/api/v1/auth/login", json=body, trust_env=False)


def _status(server: Served, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}/api/status", headers=headers, trust_env=False).status_code


def _kids(server: Served) -> list[str]:
    said: Any = httpx.get(f"{server.url}{JWKS}", trust_env=False).json()
    return [key["kid"] for key in said["keys"]]


def test_people_come_and_go_by_commands(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        text = _done(folder, "users", "invite", "ada@example.com", "trader")
        token = re.search(r"bli_\S{43}", text)
        assert token
        join = ("users", "join", token[0], "--name", "Ada")
        refused = ballast(folder, *join, typed="password12345678\n")
        assert "/password" in refused.stderr
        _done(folder, *join, typed=f"{NEW}\n")
        said = _log_in(server, "ada@example.com", NEW).json()
        assert _status(server, said["access_token"]) == 200
        emails = [one["email"] for one in json.loads(_done(folder, "users", "list", "--json"))]
        assert emails == ["owner@localhost", "ada@example.com"]
        # However it is typed: full width, as in the address that a log-in compares.
        _done(folder, "users", "disable", "\uff21DA@example.com")
        assert _status(server, said["access_token"]) == 401
        assert _log_in(server, "ada@example.com", NEW).status_code == 401
        _done(folder, "users", "enable", "ada@example.com")
        _done(folder, "password", "reset", "--email", "ada@example.com", typed=f"{NEWER}\n")
        time.sleep(1.0)
        assert _log_in(server, "ada@example.com", NEWER).status_code == 200
        absent = ballast(folder, "users", "disable", "who@example.com")
        assert "no user has the address" in absent.stderr
        log = server.log.read_text()
        for secret in (token[0], NEW, NEWER, said["refresh_token"], said["device_token"]):
            assert secret not in log


def test_whoever_holds_the_folder_sets_the_owners_password_and_sees_the_sessions(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        assert "0 sessions ended" in _done(folder, "password", "reset", typed=f"{NEW}\n")
        # A token of the folder's key that was signed in the second of the change is void too.
        time.sleep(1.0)
        said = _log_in(server, "owner@localhost", NEW).json()
        (shown,) = json.loads(_done(folder, "sessions", "list", "--json"))
        assert (shown["id"], shown["device_label"]) == (said["session_id"], "Tests")
        _done(folder, "sessions", "revoke", shown["id"])
        assert _status(server, said["access_token"]) == 401
        _done(folder, "password", "change", typed=f"{NEW}\n{NEWER}\n")
        assert _log_in(server, "owner@localhost", NEWER).status_code == 200
        time.sleep(1.0)
        assert "1 sessions ended" in _done(folder, "sessions", "end-all")


def test_signing_keys_change_while_the_server_runs(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        before = _done(folder, "token").strip()
        old = jwt.get_unverified_header(before)["kid"]
        assert _kids(server) == [old]
        assert "signs now" in _done(folder, "keys", "rotate-signing")
        after = _done(folder, "token").strip()
        new = jwt.get_unverified_header(after)["kid"]
        assert new != old
        assert _status(server, after) == _status(server, before) == 200
        assert _kids(server) == [new, old]
        assert "2 older keys are refused" in _done(folder, "keys", "rotate-signing", "--drop")
        time.sleep(1.0)
        assert _status(server, before) == _status(server, after) == 401
        assert _status(server, _done(folder, "token").strip()) == 200
        assert len(_kids(server)) == 1


def test_keys_that_are_elsewhere_are_not_rotated_here(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    given = ballast(folder, "keys", "rotate-signing", BALLAST_TOKEN_SIGNING_KEY=pem().decode())
    assert given.returncode == REFUSED
    assert "token.older_keys" in given.stderr
    absent = ballast(folder, "keys", "rotate-signing")
    assert absent.returncode == REFUSED
    assert f"{KEY_FILE.name} is missing" in absent.stderr


def test_devices_and_notices_are_looked_after_by_commands(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        _done(folder, "password", "reset", typed=f"{NEW}\n")
        # A token of the second in which all were ended is void as well.
        time.sleep(1.1)
        said = _log_in(server, "owner@localhost", NEW).json()
        [device] = json.loads(_done(folder, "devices", "list", "--json"))
        assert (device["label"], device["trusted"]) == ("Tests", False)
        assert "Tests is trusted until 20" in _done(folder, "devices", "trust", "Tests")
        assert json.loads(_done(folder, "devices", "list", "--json"))[0]["trusted"]
        assert _done(folder, "devices", "distrust", device["id"]) == "Tests is not trusted\n"
        assert "new_device" in _done(folder, "notices", "--read")
        assert _done(folder, "notices") == "no notices\n"
        assert "new_device" in _done(folder, "notices", "--all")
        absent = ballast(folder, "devices", "remove", "Phone")
        assert "no device has the id or label Phone" in absent.stderr
        _log_in(server, "owner@localhost", NEW)
        several = ballast(folder, "devices", "trust", "Tests")
        assert "2 devices have the label Tests" in several.stderr
        assert _done(folder, "devices", "remove", device["id"]) == "forgotten, 1 sessions ended\n"
        assert _status(server, said["access_token"]) == 401
