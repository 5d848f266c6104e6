"""Scan the project: `python -m tests.scans --tools .venv-scan/bin`; 1 when anything is amiss."""

import argparse
import sys
from pathlib import Path

from tests.scans.findings import judge, read_explained
from tests.scans.scanners import ROOT, ScannerFailed, known_holes, secrets, weak_code

EXPLAINED = Path(__file__).with_name("explained.toml")


def main() -> int:
    """Scan, and say each finding that is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tools", type=Path, required=True, help="where the scanners' programs lie"
    )
    tools = parser.parse_args().tools.resolve()
    try:
        code, hidden = weak_code(tools), secrets(tools)
        holes, looked_up, unknown = known_holes(tools, requirements=ROOT / "requirements/test.txt")
    except ScannerFailed as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    wrongs = judge([*code, *hidden, *holes], explained=read_explained(EXPLAINED))
    for wrong in wrongs:
        sys.stdout.write(f"{wrong}\n")
    sys.stdout.write(
        f"bandit found {len(code)}, detect-secrets {len(hidden)}, pip-audit {len(holes)} in"
        f" {looked_up} packages; {len(wrongs)} unexplained\n"
    )
    if unknown:
        # A mirror may serve packages and know nothing of their holes: that must be seen.
        sys.stdout.write(
            f"pip-audit could not look up {len(unknown)} packages: this index tells no"
            f" vulnerabilities of {', '.join(sorted(unknown)[:5])}, …\n"
        )
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
