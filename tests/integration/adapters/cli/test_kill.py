"""The kill switch from the command line, against a server."""

import json

import pytest

from adapters.cli.failures import FAILED
from tests.integration.adapters.cli.test_members import _ballast
from tests.integration.serving import Served

pytestmark = pytest.mark.timeout(900)


def test_a_release_names_the_account_that_is_stopped(served: Served) -> None:
    opened = _ballast(served, "account", "list", "--json")
    account = json.loads(opened.stdout)["items"][0]["id"]
    stopped = _ballast(served, "kill", "activate", "--account", account)
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(stopped.stdout)["latch"]["reason"] == "by hand"
    refused = _ballast(served, "kill", "release", "all is well")
    assert refused.returncode == FAILED
    assert f"name it with --account {account}" in refused.stderr
    released = _ballast(served, "kill", "release", "all is well", "--account", account)
    assert "--account" not in released.stderr
