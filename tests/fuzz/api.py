"""Invariant 19: ask the served API everything its own OpenAPI document allows, and more."""

import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.roles import Asker

ROOT = Path(__file__).resolve().parents[2]
ROUND_S = 60
_CASES = re.compile(r"^\s*(\d+) generated", re.MULTILINE)

# What a sound request may be answered where a schema cannot say all: 400 a combination of
# fields, 403 the gate's denial, 404 an id that was made up, 409, 412 and 428 another state,
# 422 a key used before.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409, 412, 422, 428, 429, 503]
"""


@dataclass(slots=True, kw_only=True)
class Request:
    """What came of the requests."""

    cases: int = 0
    rounds: int = 0
    wrongs: list[str] = field(default_factory=list)
    by_role: dict[str, int] = field(default_factory=dict)

    def describe(self) -> str:
        """Say it in words."""
        roles = ", ".join(f"{role} {cases}" for role, cases in self.by_role.items())
        said = f"{self.cases} requests in {self.rounds} rounds, {len(self.wrongs)} violations"
        return f"{said} (as {roles})"


def fuzz_roles(
    url: str, *, askers: Sequence[Asker], cases: int, seed: int, say: Callable[[str], None]
) -> Request:
    """Ask that many requests at least, as each of them in turn its part of what is left."""
    asked = Request()
    for number, asker in enumerate(askers):
        # However much those before asked: each has a round of its own.
        part = max(1, math.ceil((cases - asked.cases) / (len(askers) - number)))
        own = fuzz_api(url, asker=asker, cases=part, seed=seed + asked.rounds, say=say)
        asked.cases += own.cases
        asked.rounds += own.rounds
        asked.wrongs += own.wrongs
        asked.by_role[asker.role] = own.cases
    return asked


def fuzz_api(
    url: str, *, asker: Asker, cases: int, seed: int, say: Callable[[str], None]
) -> Request:
    """Ask that many requests at least, in rounds with seeds of their own; all checks, stateful."""
    asked = Request(by_role={asker.role: 0})
    while asked.cases < cases and not asked.wrongs:
        began = time.monotonic()
        # A small goal is met in a short round; what a round begins with takes some of its time.
        seconds = min(ROUND_S, max(12, (cases - asked.cases) // 8))
        text, failed = _round(url, asker=asker, seconds=seconds, seed=seed + asked.rounds)
        found = _CASES.search(text)
        asked.rounds += 1
        asked.cases += int(found.group(1)) if found else 0
        asked.by_role[asker.role] = asked.cases
        if failed or not found:
            begin = text.find("=== FAILURES")
            asked.wrongs.append(
                f"{asker.role}, seed {seed + asked.rounds - 1}:\n{text[max(0, begin) :][:20_000]}"
            )
            # Told at once: the other roles may take long.
            say(asked.wrongs[-1])
        say(f"{asked.describe()} ({time.monotonic() - began:.0f} s)")
    return asked


def _round(url: str, *, asker: Asker, seconds: int, seed: int) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="ballast-fuzz-") as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(_CONFIG, encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "--config-file",
                str(config),
                "run",
                f"{url}/openapi.json",
                "--header",
                f"Authorization: Bearer {asker.token}",
                "--checks",
                "all",
                "--exclude-path-regex",
                asker.leaves_out,
                "--max-time",
                str(seconds),
                "--seed",
                str(seed),
                "--continue-on-failure",
                "--no-color",
                "--warnings",
                "off",
            ],
            # Its example database stays out of the checkout.
            cwd=folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=seconds * 8 + 300,
            check=False,
        )
    return done.stdout + done.stderr, done.returncode != 0
