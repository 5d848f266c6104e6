"""A member logs in from another machine, and nobody but them reads what is kept of it."""

import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import DEVNULL

import httpx
import pytest

from adapters.cli.failures import REFUSED, UNREACHABLE
from tests.integration.adapters.cli.machines import Machine
from tests.integration.bootstrap.processes import Served, environment, served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

MEMORY = ("--profile", "memory")
ADA, PASSWORD, NEWER = (
    "ada@example.com",
    "seven copper lanterns drift",
    "eleven quiet harbours glow",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A server, the machine that it runs on, and that of a member who joined."""

    server: Served
    owner: Machine
    member: Machine

    def log_in(self, *options: str) -> None:
        """Log the member in."""
        arguments = ("login", ADA, "--server", self.server.url, *options)
        self.member.done(*arguments, typed=f"{PASSWORD}\n")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Run a server whose owner invited a member."""
    folder = tmp_path_factory.mktemp("desk")
    owner, member = Machine.at(folder / "owner"), Machine.at(folder / "member")
    with served(owner.home / "var", *MEMORY, BALLAST_TOKEN_ACCESS_S="30") as server:
        text = owner.done("users", "invite", ADA, "trader")
        # The whole command is in the invitation.
        (whole,) = re.findall(r"ballast (users join \S+ --server \S+)", text)
        told = member.done(*whole.split(), "--name", "Ada", typed=f"{PASSWORD}\n")
        assert f"ballast login {ADA} --server {server.url}" in told
        yield Context(server=server, owner=owner, member=member)


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(context: Context) -> Iterator[None]:
    yield
    context.member.file.unlink(missing_ok=True)


def _kept(context: Context) -> dict[str, object]:
    read: dict[str, object] = json.loads(context.member.file.read_text())
    return read


def _changed(context: Context, **values: object) -> None:
    context.member.file.write_text(json.dumps(_kept(context) | values))


def test_who_logged_in_asks_as_themselves_until_they_log_out(context: Context) -> None:
    context.log_in()
    assert re.search(r"role +trader", context.member.done("members", "me"))
    token = str(_kept(context)["access_token"])
    assert "logged out" in context.member.done("logout")
    assert not context.member.file.exists()
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{context.server.url}/api/v1/members/me"
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 401
    assert context.member.run("members", "me").returncode == REFUSED
    # The owner, on the server's machine, needs none.
    assert "owner" in context.owner.done("members", "me")


def test_a_log_out_ends_the_session_that_is_kept_whatever_else_lets_in(context: Context) -> None:
    context.log_in()
    token = str(_kept(context)["access_token"])
    owner = context.owner.done("token").strip()
    assert "logged out" in context.member.done("logout", BALLAST_TOKEN=owner)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{context.server.url}/api/v1/members/me"
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 401
    context.owner.done("members", "me")


def test_the_file_is_for_its_user_alone(context: Context) -> None:
    context.log_in()
    assert stat.S_IMODE(context.member.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(context.member.file.parent.stat().st_mode) == 0o700
    assert PASSWORD not in context.member.file.read_text()
    context.member.file.chmod(0o644)
    refused = context.member.run("members", "me")
    assert (refused.returncode, "others may have read" in refused.stderr) == (REFUSED, True)
    context.log_in()
    assert stat.S_IMODE(context.member.file.stat().st_mode) == 0o600


def test_a_session_renews_itself_whether_its_end_was_seen_or_told(context: Context) -> None:
    context.log_in()
    before = _kept(context)
    _changed(context, renew_at=0.0)
    context.member.done("members", "me")
    after = _kept(context)
    assert after["refresh_token"] != before["refresh_token"]
    # This machine's clock may be wrong: then the server says that the token is over.
    _changed(context, access_token="gone", renew_at=time.time() + 3_600)
    context.member.done("members", "me")
    assert _kept(context)["access_token"] != "gone"


def test_commands_side_by_side_renew_it_once(context: Context) -> None:
    context.log_in()
    _changed(context, renew_at=0.0)
    home = context.member.home
    env = environment(home / "var", XDG_STATE_HOME=str(home / "state"))
    command = [sys.executable, "-m", "bootstrap.cli", "members", "me"]
    runs = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=DEVNULL) for _ in range(4)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0, 0, 0]
    context.member.done("members", "me")


def test_what_is_sensitive_asks_for_a_step_up_first(context: Context) -> None:
    context.log_in()
    context.owner.done("members", "role", ADA, "owner")
    try:
        told = context.member.done("step-up", typed=f"{PASSWORD}\n")
        assert "sensitive" in told
        context.member.done("rules", "add", "MAX_ORDER_VALUE", "5000")
        wrong = context.member.run("step-up", typed="not the password\n")
        assert wrong.returncode != 0
    finally:
        context.owner.done("members", "role", ADA, "trader")


def test_a_wrong_password_opens_nothing_and_says_no_more(context: Context) -> None:
    arguments = ("login", ADA, "--server", context.server.url)
    refused = context.member.run(*arguments, typed="not the password at all\n")
    assert refused.returncode == REFUSED
    assert "e-mail address or the password is wrong" in refused.stderr
    assert "BALLAST_TOKEN" not in refused.stderr
    assert not context.member.file.exists()


def test_a_session_that_ended_elsewhere_is_told_and_forgotten(context: Context) -> None:
    time.sleep(1.0)
    context.log_in()
    context.owner.done("users", "disable", ADA)
    try:
        refused = context.member.run("members", "me")
        assert refused.returncode == REFUSED
        assert f"ballast login {ADA} --server" in refused.stderr
        assert not context.member.file.exists()
    finally:
        context.owner.done("users", "enable", ADA)


@pytest.mark.parametrize("name", ["login", "join"])
def test_a_password_goes_to_no_other_machine_in_plain(context: Context, name: str) -> None:
    away = ("--server", "http://desk.example.com")
    before = {"login": ("login", ADA), "join": ("users", "join", "bli_x", "--name", "Ada")}[name]
    refused = context.member.run(*before, *away, typed=f"{PASSWORD}\n")
    assert (refused.returncode, "is not encrypted" in refused.stderr) == (REFUSED, True)


def test_a_log_out_that_no_server_hears_keeps_the_session_unless_told(context: Context) -> None:
    context.log_in()
    _changed(context, server="http://127.0.0.1:9", renew_at=time.time() + 3_600)
    away = context.member.run("logout")
    assert (away.returncode, "--here" in away.stderr) == (UNREACHABLE, True)
    assert context.member.file.exists()
    context.member.done("logout", "--here")
    assert not context.member.file.exists()
