"""Offer `ballast models add` and `check`: files of models, without a server."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.failures import FAILED, REFUSED, UNREACHABLE, CommandFailed
from adapters.cli.output import print_rows
from bootstrap.cli.environment import loaded_settings

T = TypeVar("T")

_ADDED = ("name", "version", "sha256", "engine", "rows", "state")
_CHECKED = ("set", "output", "engine", "largest_difference", "result")


def register(app: typer.Typer) -> None:
    """Add the commands to the group of models."""
    for group in app.registered_groups:
        if group.name == "models" and group.typer_instance is not None:
            group.typer_instance.command()(add)
            group.typer_instance.command()(check)


def add(
    source: Annotated[
        Path,
        typer.Argument(help="NAME.onnx, a folder of models, or OWNER/NAME@COMMIT at the hub."),
    ],
    *,
    name: Annotated[str | None, typer.Option(help="Another name than the file's.")] = None,
    version: Annotated[str | None, typer.Option(help="Without one, the next number.")] = None,
    file: Annotated[
        str | None, typer.Option(help="The file at the hub, where it has several .onnx.")
    ] = None,
) -> None:
    """Look at models as the server would, and put all of them into its folder, or none."""
    settings = loaded_settings().settings
    from adapters.compute.hub import is_hub_model

    # A file that is there is meant, whatever it is called.
    at_hub = is_hub_model(str(source)) and not source.exists()
    if at_hub:
        from bootstrap.inference.from_hub import add_from_hub

        added = done(add_from_hub(settings, str(source), name=name, version=version, file=file))
    else:
        from bootstrap.inference.local import add_models

        if file is not None:
            raise CommandFailed("--file: is for a model at the hub, OWNER/NAME@COMMIT", code=2)
        added = done(add_models(settings.inference, source, name=name, version=version))
    for one in added:
        note_added(settings, one, source=str(source) if at_hub else "")
    rows = [
        {
            "name": one.key.name,
            "version": one.key.version,
            "sha256": one.facts.sha256,
            "engine": one.facts.engine,
            "rows": one.facts.single or "independent",
            "state": "was there" if one.known else "added",
        }
        for one in added
    ]
    print_rows(rows, columns=_ADDED, empty="nothing was added")


def check(
    folder: Annotated[Path, typer.Argument(help="It holds test_data_set_0 and so on.")],
    *,
    model: Annotated[
        Path | None, typer.Option(help="The model's file; without it, model.onnx beside the sets.")
    ] = None,
    relative: Annotated[float, typer.Option(min=0, help="Of a recorded figure's size.")] = 1e-3,
    absolute: Annotated[float, typer.Option(min=0, help="Besides that.")] = 1e-7,
) -> None:
    """Run a model on recorded inputs and print how far its outputs are from the recorded ones."""
    settings = loaded_settings().settings
    from bootstrap.inference.local import check_model

    found = done(
        check_model(
            settings.inference,
            folder,
            model=model or folder / "model.onnx",
            tolerances={"relative": relative, "absolute": absolute},
        )
    )
    rows = [
        {
            "set": run.name,
            "output": one.name,
            "engine": run.engine,
            "largest_difference": None if one.largest is None else f"{one.largest:.3g}",
            "result": one.problem or "fits",
        }
        for run in found
        for one in run.outputs
    ]
    print_rows(rows, columns=_CHECKED, empty="nothing was recorded")
    wrong = sum(one["result"] != "fits" for one in rows)
    if wrong:
        raise CommandFailed(f"{wrong} of {len(rows)} outputs differ", code=FAILED)
    sys.stdout.write(f"{len(rows)} outputs are as recorded\n")


def note_added(settings: Any, one: Any, *, source: str = "") -> None:
    """Tell the trail of a model that was not there before, and where it is from."""
    from bootstrap.cli.noting import told_trail

    if not one.known:
        detail = [("version", one.key.version), ("sha256", one.facts.sha256)]
        detail += [("source", source)] if source else []
        told_trail(
            settings, action="inference.model.add", subject=one.key.name, detail=tuple(detail)
        )


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what is in the way is told, not traced."""
    from adapters.compute.hub import HubUnavailable
    from domain.shared.values import InvalidValue
    from ports.inference import EngineMissing, ModelRefused, RunFailed, RunOverdue

    try:
        return asyncio.run(work)
    except (InvalidValue, ModelRefused) as problem:
        raise CommandFailed(str(problem), code=2) from problem
    except EngineMissing as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except HubUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    except (RunFailed, RunOverdue) as problem:
        raise CommandFailed(str(problem)) from problem
