"""`ballast serve` and the commands that talk to it, from the first start to the last signal."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.bootstrap.processes import Served, ballast, refused_start, served, watching

# Each starts one to three servers, which share the machine with what else runs on it.
pytestmark = pytest.mark.timeout(900)

MEMORY = ("--profile", "memory")


def told(folder: Path, *arguments: str) -> Any:
    """Run a command that prints JSON."""
    done = ballast(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def submit(folder: Path, *arguments: str) -> Any:
    """Submit an order; around the replay's nights the market-hours rule denies."""
    for _ in range(30):
        done = ballast(folder, "order", "submit", *arguments, "--json")
        if "MARKET" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wait_ready(server: Served) -> None:
    """Return once the server says that it is ready."""
    deadline = time.monotonic() + 100
    while httpx.get(f"{server.url}/health/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_first_order_goes_from_the_greeting_to_the_fill(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        wait_ready(server)
        password = re.search(r"password\s+(\S+)", server.greeting)
        assert password
        login = {"email": "owner@localhost", "password": password[1]}
        let_in = httpx.post(f"{server.url}/api/v1/auth/token", json=login)
        assert let_in.status_code == 200
        # Before anything else it is changed.
        mine = {"Authorization": f"Bearer {let_in.json()['access_token']}"}
        api = f"{server.url}/api/v1"
        held_up = httpx.get(f"{api}/accounts", headers=mine)
        assert held_up.json()["type"] == "/problems/password-change-required"
        change = {"current": password[1], "password": "seven copper lanterns drift"}
        changed = httpx.post(f"{api}/auth/password", json=change, headers=mine)
        assert changed.status_code == 200
        assert httpx.get(f"{api}/accounts", headers=mine).status_code == 200
        # Tokens know whole seconds: one of the change's own second counts as from before it.
        time.sleep(1 - time.time() % 1)
        assert server.greeting.count("order submit IBM buy 10") == 1
        order = submit(folder, "IBM", "buy", "10")
        deadline = time.monotonic() + 100
        while (now := told(folder, "order", "show", order["id"])["order"])["state"] != "filled":
            assert time.monotonic() < deadline, now
        assert told(folder, "account", "positions")["items"][0]["quantity"] == "10"
        assert order["id"] in ballast(folder, "order", "list").stdout
        assert password[1] not in server.log.read_text()


def test_a_denied_order_exits_with_three_and_prints_every_reason(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        wait_ready(server)
        done = ballast(folder, "order", "submit", "IBM", "buy", "100000")
        assert done.returncode == 3
        assert "MAX_ORDER_VALUE" in done.stderr
        wrong = ballast(folder, "order", "submit", "IBM", "buy", "NaN")
        assert wrong.returncode == 1
        assert "quantity" in wrong.stderr
        refused = ballast(folder, "account", "list", BALLAST_TOKEN="forged")
        assert refused.returncode == 5
        assert "BALLAST_TOKEN" in refused.stderr


def test_the_kill_switch_stops_orders_until_it_is_released(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        wait_ready(server)
        stopped = ballast(folder, "kill", "activate", "a test of the switch")
        assert stopped.returncode == 0, stopped.stderr
        assert "STOPPED" in ballast(folder, "kill", "status").stdout
        assert ballast(folder, "order", "submit", "IBM", "buy", "1").returncode == 3
        deadline = time.monotonic() + 100
        # A release waits for the cancels to be done.
        while ballast(folder, "kill", "release", "the test is over").returncode != 0:
            assert time.monotonic() < deadline
        assert submit(folder, "IBM", "buy", "1")["symbol"] == "IBM"


def test_rules_are_listed_added_changed_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY):
        assert len(told(folder, "rules", "list")["items"]) >= 10
        added = ballast(folder, "rules", "add", "max_order_value", "100", "--symbol", "MSFT")
        assert added.returncode == 0, added.stderr
        rules = told(folder, "rules", "list")["items"]
        (rule,) = [one for one in rules if one["scope"].get("symbol") == "MSFT"]
        why = ("--reason", "a larger day")
        changed = ballast(folder, "rules", "set", rule["id"], "--threshold", "200", *why)
        assert changed.returncode == 0, changed.stderr
        assert told(folder, "rules", "show", rule["id"])["threshold"] == "200"
        assert ballast(folder, "rules", "remove", rule["id"], *why).returncode == 0
        assert ballast(folder, "rules", "show", rule["id"]).returncode == 1


def test_the_market_is_shown_paused_and_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY):
        assert told(folder, "market")["replay"] == "running"
        assert "IBM" in ballast(folder, "market", "instruments").stdout
        assert len(told(folder, "market", "bars", "ibm", "--count", "5")["items"]) == 5
        assert ballast(folder, "market", "pause").returncode == 0
        assert told(folder, "market")["replay"] == "paused"
        assert ballast(folder, "market", "resume").returncode == 0


def test_credentials_are_told_once_and_the_books_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder) as server:
        wait_ready(server)
        assert "password" in server.greeting
        order = submit(folder, "IBM", "buy", "10")
        server.stop()
        assert server.process.returncode == 0
    assert not (folder / "server.json").exists()
    with served(folder) as server:
        wait_ready(server)
        assert "password" not in server.greeting
        assert told(folder, "order", "show", order["id"])["order"]["id"] == order["id"]
        server.stop(signal.SIGKILL)
    with served(folder) as server:
        wait_ready(server)
        assert told(folder, "order", "show", order["id"])["order"]["id"] == order["id"]


def test_a_second_server_on_the_folder_or_the_port_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        second = refused_start(folder, *MEMORY)
        assert second.returncode == 1
        assert f"in use by process {server.process.pid}" in second.stderr
        port = server.url.rpartition(":")[2]
        third = refused_start(tmp_path / "other", *MEMORY, "--port", port)
        assert third.returncode == 1
        assert "BALLAST_HTTP_PORT" in third.stderr
        for done in (second, third):
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("keys/access-token.pem", "nonsense", "holds no private key"),
        ("postgres", None, "postgres"),
        ("owner.json", None, "owner.json"),
    ],
)
def test_a_corrupt_data_folder_is_a_clear_error(
    tmp_path: Path, path: str, content: str | None, said: str
) -> None:
    broken = tmp_path / "var" / path
    (tmp_path / "var").mkdir(mode=0o700)
    broken.parent.mkdir(mode=0o700, exist_ok=True)
    if content is None:
        broken.mkdir()
    else:
        broken.write_text(content)
        broken.chmod(0o600)
    done = refused_start(tmp_path / "var")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_requests_in_hand_are_finished_when_told_to_stop(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY) as server:
        wait_ready(server)
        host, _, port = server.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as slow:
            body = b'{"email":"owner@localhost","password":"wrong"}'
            head = (
                b"POST /api/v1/auth/token HTTP/1.1\r\nhost: localhost\r\n"
                b"content-type: application/json\r\ncontent-length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
            )
            slow.sendall(head + body[:10])
            time.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            slow.sendall(body[10:])
            assert slow.recv(64).startswith(b"HTTP/1.1 401")
        assert server.process.wait(timeout=60) == 0


def test_the_machine_is_examined_beside_a_running_server(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY):
        done = ballast(folder, "doctor")
        assert done.returncode == 0, done.stdout
        assert "in use by process" in done.stdout


def test_a_watch_goes_on_across_a_restart_of_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder) as server, watching(folder) as lines:
        wait_ready(server)
        # The orders' snapshot comes first: what happens after it is told.
        assert json.loads(next(lines))["type"] == "snapshot"
        first = submit(folder, "IBM", "buy", "10")
        told_of(first["id"], lines, event="order.accepted")
        server.stop()
        with served(folder, "--port", server.url.rpartition(":")[2]) as again:
            wait_ready(again)
            second = submit(folder, "MSFT", "buy", "5")
            told_of(second["id"], lines, event="order.accepted")


def told_of(order_id: str, lines: Iterator[str], *, event: str) -> None:
    """Read events until one tells this of the order; the test's own timeout bounds the wait."""
    for line in lines:
        said = json.loads(line)
        if said.get("subject") == order_id and said["event"] == event:
            return
    raise AssertionError("the watch ended")


def test_offline_a_server_starts_and_trades(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with served(folder, "--offline") as server:
        wait_ready(server)
        assert submit(folder, "IBM", "buy", "1")["symbol"] == "IBM"
        token = ballast(folder, "token").stdout.strip()
        mine = {"Authorization": f"Bearer {token}"}
        status = httpx.get(f"{server.url}/api/status", headers=mine, timeout=20).json()
        parts = status["components"]
        assert parts["pattern_engine"]["status"] == parts["strategy_engine"]["status"] == "up"
        # No MCP server of holdings is set: it is no part of this one.
        assert "mcp" not in parts


def test_offline_no_server_starts_that_would_need_another_machine(tmp_path: Path) -> None:
    away = {"BALLAST_REDIS_URL": "redis://cache.example.com:6379/0"}
    away |= {"BALLAST_KAFKA_BOOTSTRAP": "kafka.example.com:9092"}
    done = refused_start(tmp_path / "var", "--offline", *MEMORY, **away)
    assert done.returncode != 0
    for name in away:
        assert name in done.stderr
    assert "not on this machine" in done.stderr
