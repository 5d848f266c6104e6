"""Say whether every test must run, as in continuous integration."""

import os

STRICT_VARIABLE = "BALLAST_TEST_STRICT"


def is_strict() -> bool:
    """Tell whether a test that cannot run is a failure."""
    return os.environ.get(STRICT_VARIABLE) == "1"
