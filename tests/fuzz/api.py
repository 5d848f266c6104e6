"""Invariant 19: ask the served API everything its own OpenAPI document allows, and more."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

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
class Asked:
    """What came of the requests."""

    cases: int = 0
    rounds: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return f"{self.cases} requests in {self.rounds} rounds, {len(self.wrongs)} violations"


def fuzz_api(url: str, *, token: str, cases: int, seed: int, say: Callable[[str], None]) -> Asked:
    """Ask that many requests at least, in rounds with seeds of their own; all checks, stateful."""
    asked = Asked()
    while asked.cases < cases and not asked.wrongs:
        began = time.monotonic()
        # A small goal is met in a short round.
        seconds = min(ROUND_S, max(5, (cases - asked.cases) // 25))
        text, failed = _round(url, token=token, seconds=seconds, seed=seed + asked.rounds)
        found = _CASES.search(text)
        asked.rounds += 1
        asked.cases += int(found.group(1)) if found else 0
        if failed or not found:
            begin = text.find("=== FAILURES")
            asked.wrongs.append(
                f"seed {seed + asked.rounds - 1}:\n{text[max(0, begin) :][:20_000]}"
            )
        say(f"{asked.describe()} ({time.monotonic() - began:.0f} s)")
    return asked


def _round(url: str, *, token: str, seconds: int, seed: int) -> tuple[str, bool]:
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
                f"Authorization: Bearer {token}",
                "--checks",
                "all",
                # It would end the token that all else is asked with.
                "--exclude-path-regex",
                "^/api/v1/auth/logout",
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
            timeout=seconds * 4 + 120,
            check=False,
        )
    return done.stdout + done.stderr, done.returncode != 0
