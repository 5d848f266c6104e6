"""The server does what its OpenAPI document says, whatever it is sent (Schemathesis)."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = 10
# The document cannot say which prices belong to which order type, which limits a rule type
# takes, that a key is new, or what a rule's version is: such requests may be refused.
# A body that cannot be read stops all, as that route says: tests of its own hold it.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409, 412, 422, 428, 429]

[[operations]]
include-path = "/api/v1/kill-switch/activate"
checks.negative_data_rejection.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 422]
"""


# These ask for a proof of their own beside the token, or for a session, which this one has not.
OWN_PROOF = {
    "POST /api/v1/signals/hooks/{source}",
    "POST /api/v1/auth/challenge",
    "POST /api/v1/auth/challenge/passkey-options",
    "POST /api/v1/auth/passkey",
    "POST /api/v1/auth/recovery",
    "DELETE /api/v1/recovery",
    "POST /api/v1/auth/step-up",
    "POST /api/v1/auth/step-up/passkey-options",
    "POST /api/v1/passkeys",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the application is served, and its owner's token."""

    url: str
    token: str


@pytest.fixture
def served() -> Iterator[Served]:
    arguments = [sys.executable, "-m", "tests.integration.adapters.http.serving"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port, token, _ = process.stdout.readline().split()
            yield Served(url=f"http://127.0.0.1:{port}", token=token)
            assert process.poll() is None, "the server ended while it was tested"
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_route_keeps_to_the_document(served: Served, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
            f"{served.url}/openapi.json",
            *("--header", f"Authorization: Bearer {served.token}"),
            *("--checks", "all"),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", str(EXAMPLES)),
            # Their secrets are passwords: guessing them is slowed down by design. Two others end
            # the token that all else is asked with.
            *("--exclude-path-regex", "^/api/v1/auth/(token|login|refresh|join|logout)|/password"),
            *("--generation-database", "none", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6_000:] + ended.stderr[-2_000:]
    # A token that was refused would pass every check, and show nothing.
    assert refused(ended.stdout) <= OWN_PROOF


def refused(said: str) -> set[str]:
    """Return the operations that only ever answered 401 or 403."""
    _, found, rest = said.partition("Authentication failed")
    told = rest.partition("Ensure valid authentication")[0] if found else ""
    return set(re.findall(r"- ([A-Z]+ /\S+)", told))


def test_what_was_refused_is_read() -> None:
    said = (
        "Authentication failed: 2\n401:\n  - POST /a/{b}\n403:\n  - GET /c\n"
        "Ensure valid authentication\n  - GET /d"
    )
    assert refused(said) == {"POST /a/{b}", "GET /c"}
    assert refused("all well\n  - GET /d") == set()
