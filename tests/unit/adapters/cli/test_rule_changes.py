"""`ballast rules` and `ballast margin`: what they ask of the server, and what they print of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli import margin, rule_changes, rules
from bootstrap.cli import app

RULE = {"id": "r1", "name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "500"}
CHANGE = {"id": "c1", "state": "pending", "proposer": "user:ada", "reason": "earnings week"}
PLAN = {**dict.fromkeys(margin._PLAN, "1"), "id": "p1", "steps": [{"symbol": "IBM"}]}
Ask = Callable[..., str]


class _Server:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.found: dict[str, Any] = {}

    def get(self, path: str, **query: Any) -> Any:
        self.asked.append(("GET", path, query))
        return self.found[path]

    def post(self, path: str, body: Any) -> Any:
        self.asked.append(("POST", path, body))
        return self.found[path]

    def ask(self, method: str, path: str, **given: Any) -> Any:
        self.asked.append((method, path, given))
        return self.found.get(path)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> _Server:
    """What the commands find instead of a server."""
    made = _Server()
    for module in (margin, rule_changes, rules):
        monkeypatch.setattr(module, "connect", lambda: made)
    return made


def _run(*arguments: str) -> str:
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False).output


def test_changes_that_wait_are_listed(server: _Server) -> None:
    server.found["/risk-rules/changes"] = {"items": [CHANGE]}
    said = _run("rules", "changes", "--state", "pending")
    assert server.asked == [("GET", "/risk-rules/changes", {"limit": 200, "state": "pending"})]
    assert "earnings week" in said
    assert json.loads(_run("rules", "changes", "--json")) == {"items": [CHANGE]}
    server.found["/risk-rules/changes"] = {"items": []}
    assert "no change waits" in _run("rules", "changes")


@pytest.mark.parametrize("how", ["approve", "reject"])
def test_a_change_is_decided_with_what_is_said_of_it(server: _Server, how: str) -> None:
    path = f"/risk-rules/changes/c1/{how}"
    server.found[path] = {**CHANGE, "state": "applied"}
    assert "applied" in _run("rules", how, "c1", "--note", "seen")
    _run("rules", how, "c1")
    assert server.asked == [("POST", path, {"note": "seen"}), ("POST", path, {})]


def test_an_override_says_until_when_and_that_it_waits(server: _Server) -> None:
    path = "/risk-rules/r1/overrides"
    server.found[path] = CHANGE
    said = _run("rules", "override", "r1", "700", "--reason", "one order", "--hours", "2")
    ((_, asked, body),) = server.asked
    assert (asked, body["threshold"], body["reason"]) == (path, "700", "one order")
    left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=1) < left <= timedelta(hours=2)
    assert "not in force yet" in said
    server.found[path] = RULE
    said = _run("rules", "override", "r1", "700", "--reason", "one order")
    assert "not in force yet" not in said


def test_the_history_of_a_rule_is_laid_out(server: _Server) -> None:
    version = {"version": 2, "done": "updated", "actor": "user:ada", "reason": "earnings week"}
    server.found["/risk-rules/r1/history"] = {"items": [version]}
    assert "earnings week" in _run("rules", "history", "r1")
    assert json.loads(_run("rules", "history", "r1", "--json")) == {"items": [version]}


def test_a_template_is_applied_with_its_reason_and_what_waits_is_told(server: _Server) -> None:
    server.found["/risk-rules/templates"] = {"items": [{"name": "balanced", "summary": "for most"}]}
    assert "for most" in _run("rules", "templates")
    path = "/risk-rules/templates/balanced/apply"
    server.found[path] = {"rules": [RULE], "change": CHANGE}
    said = _run("rules", "apply", "balanced", "--reason", "calm")
    assert server.asked[-1] == ("POST", path, {"reason": "calm"})
    assert "Small" in said
    assert "not in force yet" in said
    server.found[path] = {"rules": [], "change": None}
    assert "no rule is changed yet" in _run("rules", "apply", "balanced")
    assert server.asked[-1] == ("POST", path, {})


def test_a_simulation_is_waited_for(
    server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([RULE]))
    states = iter(("queued", "running", "done"))
    server.found["/risk-rules/simulate"] = {"id": "s1"}

    def get(path: str, **query: Any) -> Any:
        assert (path, query) == ("/risk-rules/simulations/s1", {})
        return {"state": next(states)}

    monkeypatch.setattr(server, "get", get)
    monkeypatch.setattr("adapters.cli.rule_changes.time.sleep", lambda _: None)
    period = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z")
    said = _run("rules", "simulate", str(file), *period, "--account", "a1")
    assert json.loads(said) == {"state": "done"}
    assert server.asked[0][2] == {
        "from": period[1],
        "to": period[3],
        "rules": [RULE],
        "mode": "independent",
        "account_id": "a1",
    }


def test_an_account_s_margin_is_shown_with_its_calls(server: _Server) -> None:
    call = {"kind": "call", "level": "0", "amount": "120.00", "due_on": "2026-07-22"}
    server.found["/margin/accounts/a1"] = {
        **dict.fromkeys(margin._SUMS, "1"),
        "positions": [],
        "warnings": [],
        "calls": [call],
    }
    said = _run("margin", "show", "a1")
    assert "no positions" in said
    assert "2026-07-22" in said


def test_a_plan_is_asked_for_and_approved(server: _Server) -> None:
    path = "/margin/accounts/a1/deleverage-plans"
    server.found[path] = {"plan": PLAN, "reason": None}
    said = _run("margin", "plan", "a1", "--buffer", "0.25")
    assert server.asked == [("POST", path, {"target_buffer": "0.25"})]
    assert "ballast margin approve a1 p1" in said
    server.found[path] = {"plan": None, "reason": "equity is 0"}
    assert "no plan: equity is 0" in _run("margin", "plan", "a1", "--buffer", "0.25")
    server.found[f"{path}/p1/approve"] = {"id": "p1", "state": "approved"}
    assert "approved" in _run("margin", "approve", "a1", "p1")
    assert server.asked[-1] == ("POST", f"{path}/p1/approve", {})


def test_rulebooks_are_listed_with_their_sources(server: _Server) -> None:
    one = {"name": "reg_t", "since": "2026-06-04", "sources": ["12 CFR 220.12", "Rule 4210"]}
    server.found["/margin/rulebooks"] = {"items": [one]}
    assert "12 CFR 220.12; Rule 4210" in _run("margin", "rulebooks")
