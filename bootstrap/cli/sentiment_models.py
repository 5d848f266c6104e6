"""Offer `ballast sentiment add`: a model of tone from a hub, without a server."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import FAILED, REFUSED, UNREACHABLE, CommandFailed
from adapters.cli.output import print_rows
from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.noting import told_trail

_FETCHED = ("file", "bytes", "sha256")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Models of tone.", no_args_is_help=True)
    app.add_typer(group, name="sentiment")
    group.callback()(_group)
    group.command()(add)


def _group() -> None:
    """Keep `add` a command of a group, though it is the only one."""


def add(
    model: Annotated[str, typer.Argument(help="OWNER/NAME@COMMIT at the hub, the commit whole.")],
    folder: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")],
) -> None:
    """Fetch a FinBERT-like model, look at it as the server would, and lay it into a folder."""
    settings = loaded_settings().settings
    from adapters.compute.hub import HubUnavailable
    from bootstrap.sentiment.fetch_model import fetch_text_model
    from domain.shared.values import InvalidValue
    from ports.inference import EngineMissing, ModelRefused
    from ports.sentiment import ScorerUnavailable, TextModelRefused

    try:
        fetched = fetch_text_model(settings, model, folder=folder)
    except (InvalidValue, ModelRefused, TextModelRefused, ScorerUnavailable) as problem:
        raise CommandFailed(str(problem), code=2) from problem
    except EngineMissing as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except HubUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    except OSError as problem:
        raise CommandFailed(f"{folder}: {problem.strerror}", code=FAILED) from problem
    detail = [("folder", str(folder)), *((one.name, one.sha256) for one in fetched)]
    told_trail(settings, action="sentiment.model.add", subject=model, detail=tuple(detail))
    rows = [{"file": one.name, "bytes": one.size, "sha256": one.sha256} for one in fetched]
    print_rows(rows, columns=_FETCHED, empty="nothing was fetched")
    typer.echo(f"texts are scored by it with BALLAST_SENTIMENT_MODEL={folder.absolute()}")
