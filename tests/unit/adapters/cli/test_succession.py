"""A plan of succession is played from a file, and a wrong file is told what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.failures import CommandFailed
from bootstrap.cli import app

PLAN = {"trustees": ["ann", "bob"], "confirmations_needed": 1}


CHECK_IN = {"at": "2026-01-05T00:00:00Z", "kind": "check_in"}
CONFIRM = {"at": "2026-02-20T00:00:00Z", "kind": "confirm"}


def simulate(folder: Path, more: dict[str, Any], *, start: str = "2026-01-01T00:00:00Z") -> str:
    return simulated(folder, json.dumps({**PLAN, **more}), start=start)


def simulated(folder: Path, content: str, *, start: str = "2026-01-01T00:00:00Z") -> str:
    file = folder / "plan.json"
    file.write_text(content)
    arguments = ["succession", "simulate", "--plan", str(file), "--from", start, "--days", "90"]
    return CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout


def test_a_file_s_outages_and_events_are_played(tmp_path: Path) -> None:
    told = simulate(
        tmp_path,
        {
            "outages": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00+00:00"}],
            "events": [
                {"at": "2026-02-20T12:00:00+01:00", "kind": "confirm", "who": "bob"},
                {"at": "2026-03-17T00:00:00Z", "kind": "veto", "who": "owner"},
            ],
        },
    )
    assert json.loads(told) == [
        {"at": "2026-01-01T00:00:00Z", "state": "ARMED", "trading": "ACTIVE"},
        {"at": "2026-02-02T00:00:00Z", "state": "REMINDED", "trading": "ACTIVE"},
        {"at": "2026-02-16T00:00:00Z", "state": "CONTACT_PING", "trading": "REDUCING"},
        {"at": "2026-03-02T00:00:00Z", "state": "GRACE", "trading": "HALTED"},
        {"at": "2026-03-16T00:00:00Z", "state": "RELEASED", "trading": "HALTED"},
        {"at": "2026-03-17T00:00:00Z", "state": "ARMED", "trading": "ACTIVE"},
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"graze_days": 1}, "unknown field `graze_days`"),
        (
            {"events": [CHECK_IN, {**CONFIRM, "who": "eve"}]},
            "plan.json: events[1].who: must be one of the trustees (ann, bob), not 'eve'",
        ),
        ({"events": [{**CONFIRM, "who": None}]}, "events[0].who: must be one of the trustees"),
        (
            {"events": [{**CHECK_IN, "who": "bob"}]},
            "who: must be the owner, not a trustee (ann, bob): only the owner may check_in",
        ),
        ({"plan": PLAN}, "trustees: must stand in `plan`, which is there, not beside it"),
        ({"events": [{"at": "2026-01-01T00:00:00Z", "kind": "wait"}]}, "$.events[0].kind"),
        ({"events": [{"at": "2026-01-01T00:00:00", "kind": "veto"}]}, "events[0].at: must carry"),
        ({"confirmations_needed": 3}, "confirmations_needed: must be 1 to 2"),
        (
            {"outages": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}]},
            "outages[0].to: must not be before from",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_field(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandFailed) as met:
        simulate(tmp_path, more)
    assert said in str(met.value)
    assert met.value.code == 2


@pytest.mark.parametrize("start", ["yesterday", "2026-01-01"])
def test_a_start_that_is_no_moment_is_refused(tmp_path: Path, start: str) -> None:
    with pytest.raises(CommandFailed, match="--from: must"):
        simulate(tmp_path, {}, start=start)


def test_a_plan_in_a_place_of_its_own_is_the_same_plan(tmp_path: Path) -> None:
    happens = {
        "outages": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z"}],
        "events": [{**CHECK_IN, "who": "owner"}, {**CHECK_IN, "who": None}],
    }
    inner = simulated(tmp_path, json.dumps({"plan": PLAN, **happens}))
    assert json.loads(inner) == json.loads(simulate(tmp_path, happens))
    assert json.loads(inner)[1]["at"] == "2026-02-04T00:00:00Z"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps({"plan": {**PLAN, "graze_days": 1}}), "unknown field `graze_days`"),
        (json.dumps({"plan": PLAN, "graze_days": 1}), "graze_days: must stand in `plan`"),
        (json.dumps({"plan": {"trustees": ["ann"]}}), "missing required field"),
        (json.dumps({"plan": 1}), "Expected `object`, got `int`"),
        ('{"trustees": ["ann"], "trustees": ["bob"]}', "/trustees: must stand there once"),
        ("[]", "must be an object with a plan"),
        ("{", "must be JSON"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(CommandFailed) as met:
        simulated(tmp_path, content)
    assert said in str(met.value)
    assert "plan.json: " in str(met.value)
    assert met.value.code == 2
