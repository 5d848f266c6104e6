"""Ask for the passphrase of the secrets where it is needed and was not given."""

import sys
from dataclasses import replace

import typer

from bootstrap.settings.sections import Settings


def with_passphrase(settings: Settings) -> Settings:
    """Return the settings with the passphrase; without a terminal they stay as they are."""
    own = settings.secrets
    if own.source != "passphrase" or own.passphrase is not None or not sys.stdin.isatty():
        return settings
    given: str = typer.prompt("Passphrase of the secrets", hide_input=True, err=True)
    return replace(settings, secrets=replace(own, passphrase=given))
