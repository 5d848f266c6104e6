"""Find the programs of Postgres where the settings say."""

import os
from pathlib import Path


def postgres_environment(bindir: Path | None) -> dict[str, str]:
    """Return the environment with the folder of the binaries, wherever it was set."""
    named = {} if bindir is None else {"BALLAST_PG_BINDIR": str(bindir)}
    return {**os.environ, **named}
