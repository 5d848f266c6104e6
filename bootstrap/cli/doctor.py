"""`ballast doctor`."""

import sys

import typer

from adapters.cli.failures import FAILED
from bootstrap.cli.environment import loaded_settings

_MARKS = {"fine": "ok     ", "doubtful": "doubt  ", "missing": "MISSING"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor() -> None:
    """Check the machine and say what is missing; exits with 1 when something is."""
    settings = loaded_settings().settings
    from bootstrap.installation.doctor import examine
    from bootstrap.installation.findings import Verdict

    sys.stdout.write("ok       settings: every one is valid\n")
    missing = False
    for finding in examine(settings):
        sys.stdout.write(f"{_MARKS[finding.verdict]}  {finding.subject}: {finding.found}\n")
        if finding.verdict is not Verdict.FINE:
            sys.stdout.write(f"         to mend it: {finding.mend}\n")
        missing = missing or finding.verdict is Verdict.MISSING
    if missing:
        raise typer.Exit(FAILED)
