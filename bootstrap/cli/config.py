"""`ballast config`, `ballast token`, `ballast version`."""

import sys

import typer

from bootstrap.cli.environment import loaded_settings


def register(app: typer.Typer) -> None:
    """Add the commands that only read."""

    @app.command()
    def config() -> None:
        """Print the settings in force and where each comes from; secrets are masked."""
        from adapters.settings.show import effective

        sys.stdout.write(effective(loaded_settings()))

    @app.command()
    def token() -> None:
        """Print an access token for the owner, for whoever can read the data folder.

        The audit trail has it as token.sign while a server's database can be reached.
        """
        from bootstrap.cli.noting import told_trail
        from bootstrap.cli.owner_token import signed

        settings = loaded_settings().settings
        issued = signed(settings)
        expires_at = (("expires_at", issued.expires_at.isoformat()),)
        told_trail(
            settings, action="token.sign", subject=issued.principal.token_id, detail=expires_at
        )
        sys.stdout.write(issued.token + "\n")

    @app.command()
    def version() -> None:
        """Print the version."""
        from importlib.metadata import version as installed

        sys.stdout.write(f"ballast {installed('ballast')}\n")
