"""A second member and an agent at work, by commands alone, on machines of their own."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.failures import DENIED
from tests.integration.adapters.cli.machines import Machine
from tests.integration.bootstrap.processes import served
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

ADA, PASSWORD = "ada@example.com", "seven copper lanterns drift"
# It stands still: prices are those of one moment, and orders rest.
STILL = {"BALLAST_REPLAY_PAUSED": "true"}


def _json(machine: Machine, *arguments: str) -> Any:
    return json.loads(machine.done(*arguments, "--json"))


def _until_agent(owner: Machine, state: str, desired: str) -> None:
    """Wait until the list shows the agent so; the test's own time ends the wait."""
    while True:
        (agent,) = _json(owner, "agents", "list")["items"]
        if (agent["state"], agent["desired"]) == (state, desired):
            return
        time.sleep(0.2)


def test_a_member_trades_and_an_agent_beats(tmp_path: Path) -> None:
    owner, member = Machine.at(tmp_path / "owner"), Machine.at(tmp_path / "member")
    with served(owner.home / "var", "--profile", "memory", **STILL) as server:
        # The owner invites, and grants the account.
        invitation = owner.done("users", "invite", ADA, "trader")
        (whole,) = re.findall(r"ballast (users join \S+ --server \S+)", invitation)
        (account,) = [one["id"] for one in _json(owner, "account", "list")["items"]]
        # The member joins and logs in on another machine, as they are told.
        told = member.done(*whole.split(), "--name", "Ada", typed=f"{PASSWORD}\n")
        (then,) = re.findall(r"ballast (login \S+ --server \S+)", told)
        member.done(*then.split(), typed=f"{PASSWORD}\n")
        owner.done("members", "grant", ADA, account)
        _trades(member, symbol="IBM")
        # What is sensitive is asked for anew, and is not the member's to change.
        member.done("step-up", typed=f"{PASSWORD}\n")
        assert "risk.write" in member.run("rules", "add", "MAX_ORDER_VALUE", "1").stderr
        _beats(owner)
        member.done("logout")
        assert member.run("order", "list").returncode != 0
        assert server.process.poll() is None


def _trades(member: Machine, *, symbol: str) -> None:
    last = float(_json(member, "market", "quote", symbol)["last"])
    low, high = f"{last * 0.98:.2f}", f"{last * 1.02:.2f}"
    order = (symbol, "buy", "10", "--limit", low, "--tif", "gtc")
    assert "would be accepted" in member.done("order", "preview", *order)
    bought = _json(member, "order", "submit", *order)
    assert (bought["state"], bought["quantity"]) == ("accepted", "10")
    explained = member.done("order", "explain", bought["id"], "--inputs")
    assert explained.startswith("approved at ")
    assert "order.reducing" in explained
    _until_working(member, bought["id"])
    member.done("order", "replace", bought["id"], "--quantity", "8")
    _until_working(member, bought["id"], quantity="8")
    member.done("order", "cancel", bought["id"])
    assert _json(member, "order", "show", bought["id"])["order"]["state"] in (
        "pending_cancel",
        "canceled",
    )
    legs = (
        f"{symbol} buy 5 limit={low}",
        f"{symbol} sell 5 limit={high}",
        f"{symbol} sell 5 stop={float(low) * 0.9:.2f}",
    )
    grouped = _json(member, "order", "group", "bracket", *legs)["orders"]
    assert [one["role"] for one in grouped] == ["entry", "take_profit", "stop_loss"]
    wrong = member.run("order", "group", "bracket", legs[0], legs[2], legs[1])
    assert wrong.returncode != 0
    unknown = member.run("order", "submit", "NOPE", "buy", "1")
    assert (unknown.returncode, unknown.stderr.splitlines()[0]) == (DENIED, "unknown symbol NOPE")
    nobody = member.run("order", "submit", symbol, "buy", "1", "--strategy", "nobody")
    assert (nobody.returncode, "STRATEGY_UNKNOWN" in nobody.stderr) == (DENIED, True)
    member.done("order", "cancel", "--all")


def _until_working(member: Machine, order_id: str, *, quantity: str = "10") -> None:
    while True:
        order = _json(member, "order", "show", order_id)["order"]
        if (order["state"], order["quantity"]) == ("working", quantity):
            return
        assert order["state"] not in ("denied", "rejected", "canceled"), order
        time.sleep(0.1)


def _beats(owner: Machine) -> None:
    printed = owner.done("agents", "keys", "add", "momentum")
    given = dict(re.findall(r"export (\w+)=(\S+)", printed))
    assert set(given) == {"BALLAST_URL", "BALLAST_TOKEN", "AGENT_ID", "AGENT_ACCOUNT"}
    (agent,) = _json(owner, "agents", "list")["items"]
    assert (agent["id"], agent["state"]) == ("momentum", "awaited")
    # All that it has is what was printed.
    environment = {"PATH": os.environ["PATH"], **given}
    beating = subprocess.Popen(
        [sys.executable, "examples/heartbeat.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _until_agent(owner, "alive", "running")
        machine = Machine.at(owner.home.parent / "agent")
        bought = machine.done(
            *("order", "submit", "IBM", "buy", "1", "--limit", "20", "--strategy", "Momentum"),
            **given,
        )
        assert "accepted" in bought
        owner.done("agents", "pause", "momentum")
        assert beating.stdout is not None
        assert beating.stdout.readline() == "asked to be paused\n"
        _until_agent(owner, "paused", "paused")
        refused = machine.run("order", "submit", "IBM", "buy", "1", "--limit", "20", **given)
        assert (refused.returncode, "momentum is paused" in refused.stderr) == (DENIED, True)
        owner.done("agents", "resume", "momentum")
        _until_agent(owner, "alive", "running")
    finally:
        beating.terminate()
        beating.communicate(timeout=30)
    # It is silent now, and the list says so.
    _until_agent(owner, "dead", "running")
