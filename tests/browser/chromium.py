"""Say whether there is a browser to drive."""

import importlib.util
import shutil

EXECUTABLE = shutil.which("chromium")


def lacking() -> str:
    """Return what a test of this folder lacks here, nothing when it can run."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: make test-all brings it"
    return "" if EXECUTABLE else "there is no chromium: apt-get install chromium"
