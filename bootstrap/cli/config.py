"""`ballast config`, `ballast token`, `ballast version`."""

import sys

import typer

from bootstrap.cli.environment import loaded_settings


def register(app: typer.Typer) -> None:
    """Add the commands that only read."""

    @app.command()
    def config() -> None:
        """Print the settings in force and where each comes from; secrets are masked."""
        from bootstrap.settings.show import effective

        sys.stdout.write(effective(loaded_settings()))

    @app.command()
    def token() -> None:
        """Print an access token for the owner, for whoever can read the data folder."""
        from bootstrap.cli.owner_token import owner_token

        sys.stdout.write(owner_token(loaded_settings().settings) + "\n")

    @app.command()
    def version() -> None:
        """Print the version."""
        from importlib.metadata import version as installed

        sys.stdout.write(f"ballast {installed('ballast')}\n")
