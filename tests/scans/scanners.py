"""Run the scanners and read what they print."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.scans.findings import Finding

ROOT = Path(__file__).resolve().parents[2]
CODE = ("domain", "ports", "application", "adapters", "bootstrap", "bench", "examples")
# An assert tells the type checker what is known, and `python -O` is not used; importing
# subprocess does nothing, and each call of it is looked at.
SKIPPED = "B101,B404"
_SECONDS_MAX = 600


class ScannerFailed(Exception):
    """A scanner did not do its work; the message says what it printed."""


def weak_code(tools: Path) -> list[Finding]:
    """Return what bandit finds in the code that runs in production, and in what measures it."""
    told = _asked(
        tools / "bandit",
        "--quiet",
        "--format=json",
        f"--skip={SKIPPED}",
        "--recursive",
        *CODE,
        may_be=1,
    )
    if told["errors"]:
        raise ScannerFailed(f"bandit: {told['errors']}")
    return [
        Finding(
            "bandit",
            f"{one['test_id']}",
            _relative(one["filename"]),
            one["line_number"],
            one["issue_text"].split("\n")[0],
        )
        for one in told["results"]
    ]


def secrets(tools: Path) -> list[Finding]:
    """Return what looks like a secret in any file that git keeps."""
    told = _asked(tools / "detect-secrets", "--cores", "2", "scan")
    return [
        Finding("detect-secrets", one["type"], _relative(path), one["line_number"])
        for path, found in told["results"].items()
        for one in found
    ]


def known_holes(tools: Path, *, requirements: Path) -> tuple[list[Finding], int, list[str]]:
    """Return the known vulnerabilities of what is pinned, how many were looked up, and who not."""
    told = _asked(
        tools / "pip-audit",
        "--format=json",
        "--progress-spinner=off",
        "--require-hashes",
        "--disable-pip",
        f"--requirement={requirements}",
        may_be=1,
    )
    path = _relative(str(requirements))
    holes, looked_up, unknown = [], 0, []
    for one in told["dependencies"]:
        if "skip_reason" in one:
            unknown.append(one["name"])
            continue
        looked_up += 1
        holes += [
            Finding("pip-audit", hole["id"], path, 0, f"{one['name']} {one['version']}")
            for hole in one["vulns"]
        ]
    return holes, looked_up, unknown


def _asked(program: Path, *arguments: str, may_be: int = 0) -> dict[str, Any]:
    ended = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    try:
        if ended.returncode not in (0, may_be):
            raise ValueError(f"ended with {ended.returncode}")
        told: dict[str, Any] = json.loads(ended.stdout)
    except ValueError as problem:
        raise ScannerFailed(f"{program.name}: {problem}: {ended.stderr[-2_000:]}") from problem
    return told


def _relative(path: str) -> str:
    return str((ROOT / path).resolve().relative_to(ROOT))
