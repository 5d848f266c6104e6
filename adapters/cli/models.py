"""`ballast models`: what the server serves, and running it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/models"
_LISTED = ("name", "versions", "loaded", "engine", "requests", "latency_ms", "problem")
Name = Annotated[str, typer.Argument(help="The model's name.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Models in ONNX.", no_args_is_help=True)
    app.add_typer(group, name="models")
    group.command("list")(list_models)
    group.command()(show)
    group.command()(load)
    group.command()(unload)
    group.command()(run)


def list_models(as_json: AsJson = False) -> None:
    """List the models, the version that is served of each, and the engine that ran it last."""
    found = connect().get(_PATH)
    if as_json:
        print_json(found)
        return
    rows = [_row(one) for one in found["items"]]
    print_rows(rows, columns=_LISTED, empty="no models: `ballast models add FILE`")


def show(name: Name, as_json: AsJson = False) -> None:
    """Show one model: inputs, outputs, SHA-256, the engine really running, what it did."""
    _print(connect().get(f"{_PATH}/{_in_path(name)}"), as_json=as_json)


def load(
    name: Name,
    *,
    version: Annotated[
        str | None, typer.Option(help="Without one, the newest; an older one rolls back.")
    ] = None,
    pin: Annotated[
        bool | None, typer.Option("--pin/--unpin", help="Keep it in memory whatever is loaded.")
    ] = None,
) -> None:
    """Serve a version of a model; the one before answers until it is ready."""
    said = {"version": version, "pinned": pin}
    body = {key: one for key, one in said.items() if one is not None}
    _print(connect().post(f"{_PATH}/{_in_path(name)}/load", body), as_json=False)


def unload(name: Name) -> None:
    """Serve a model no longer, once who waits is answered."""
    _print(connect().post(f"{_PATH}/{_in_path(name)}/unload"), as_json=False)


def run(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(help="JSON; without a file, standard input.")
    ] = None,
) -> None:
    """Run a model on inputs as the server takes them, and print its answer as JSON."""
    print_json(connect().post(f"/inference/{_in_path(name)}", _read(file)))


def _read(file: Path | None) -> Mapping[str, Any]:
    where = str(file) if file is not None else "standard input"
    try:
        said = json.loads(sys.stdin.read() if file is None else file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CommandFailed(f"{where}: {problem.strerror}", code=2) from problem
    except ValueError as problem:
        raise CommandFailed(f"{where}: is no JSON: {problem}", code=2) from problem
    if not isinstance(said, dict):
        raise CommandFailed(f'{where}: must be an object, as {{"inputs": [...]}}', code=2)
    return said


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    loaded = one["loaded"] or {}
    return {
        "name": one["name"],
        "versions": ", ".join(one["versions"]),
        "loaded": loaded.get("version"),
        "engine": loaded.get("engine"),
        "requests": loaded.get("requests"),
        "latency_ms": f"{loaded['latency_ms']:.3g}" if loaded else None,
        "problem": one["problem"],
    }


def _print(one: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    loaded = one["loaded"]
    shown = {"name": one["name"], "versions": ", ".join(one["versions"])}
    if loaded is None:
        print_fields({**shown, "loaded": None, "problem": one["problem"]})
        return
    tensors = {kind: "; ".join(map(_spec, loaded[kind])) for kind in ("inputs", "outputs")}
    renamed = {"loaded": loaded["version"]}
    rest = {key: one for key, one in loaded.items() if key != "version"}
    print_fields({**shown, **renamed, **rest, **tensors, "problem": one["problem"]})


def _spec(one: Mapping[str, Any]) -> str:
    return f"{one['name']} {one['datatype']} {one['shape']}"


def _in_path(text: str) -> str:
    return quote(text, safe="")
