"""Accounts at two brokers of one server are opened, paid and traded by commands."""

import json
from pathlib import Path

import pytest

from tests.integration.adapters.cli.machines import Machine
from tests.integration.bootstrap.processes import served

pytestmark = pytest.mark.timeout(900)

SECOND = {"BALLAST_BROKERS_SECOND_KIND": "paper", "BALLAST_REPLAY_PAUSED": "true"}


def test_an_account_is_opened_at_the_broker_that_is_named(tmp_path: Path) -> None:
    owner = Machine.at(tmp_path / "owner")
    with served(owner.home / "var", "--profile", "memory", **SECOND):
        opened = json.loads(owner.done("account", "open", "Away", "--broker", "second", "--json"))
        assert (opened["broker"], opened["kind"]) == ("second", "cash")
        plain = json.loads(owner.done("account", "open", "Here", "--json"))
        assert plain["broker"] == "paper"
        refused = owner.run("account", "open", "Nowhere", "--broker", "gone")
        assert "must be one of: paper, second" in refused.stderr
        owner.done("account", "deposit", "5000", "first", "--account", opened["id"])
        listed = json.loads(owner.done("account", "list", "--json"))["items"]
        assert {one["name"]: one["broker"] for one in listed} == {
            "Paper": "paper",
            "Away": "second",
            "Here": "paper",
        }
        shown = json.loads(owner.done("account", "--account", opened["id"], "--json"))
        assert shown["cash"] == "5000"
