"""`ballast keys rotate-signing`: the keys that sign access tokens."""

import sys
from typing import Annotated

import typer

from adapters.cli.failures import REFUSED, CommandFailed
from bootstrap.cli.environment import loaded_settings

# Beyond the longest token: clocks that differ, and a request on its way.
_MARGIN_S = 120


def register(app: typer.Typer) -> None:
    """Add the command to that of the keys."""
    group = next(one.typer_instance for one in app.registered_groups if one.name == "keys")
    assert group is not None
    group.command("rotate-signing")(rotate_signing)


def rotate_signing(
    drop: Annotated[
        bool,
        typer.Option(
            "--drop",
            help="Refuse what older keys signed, from now on: after one of them leaked.",
        ),
    ] = False,
) -> None:
    """Sign access tokens with a new key; running servers take it within a second."""
    from datetime import UTC, datetime, timedelta

    from adapters.security.key_ring import drop_older, rotate
    from adapters.security.keys import UnusableKey
    from bootstrap.identity.access_tokens import KEY_FILE

    settings = loaded_settings().settings
    if settings.token.signing_key is not None:
        raise CommandFailed(
            "the key is given by token.signing_key: make a new one where it is kept, put the old"
            " one's public half into token.older_keys, and restart the servers one by one",
            code=REFUSED,
        )
    path = settings.data_dir / KEY_FILE
    now = datetime.now(UTC)
    until = now + timedelta(seconds=settings.token.access_s + _MARGIN_S)
    try:
        new, old = rotate(path, now=now, until=until)
        dropped = drop_older(path) if drop else 0
    except FileNotFoundError as problem:
        raise CommandFailed(
            f"{path.absolute()} is missing: the server makes it when it starts", code=REFUSED
        ) from problem
    except (UnusableKey, OSError) as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    sys.stdout.write(f"{new} signs now, in every server of this data folder within a second\n")
    if drop:
        sys.stdout.write(f"{dropped} older keys are refused: everybody refreshes or logs in anew\n")
    else:
        sys.stdout.write(f"{old} is accepted until {until:%Y-%m-%d %H:%M:%S} UTC\n")
