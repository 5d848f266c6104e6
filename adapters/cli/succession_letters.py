"""`ballast succession letters`: those that the server keeps, as files, and under a new key."""

import base64
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows
from adapters.cli.succession_sealing import (
    LETTERS_PATH,
    keep_letter,
    replace_key,
    under_new_key,
    write_new,
)
from domain.shared.values import InvalidValue

_LISTED = ("id", "name", "when", "readers", "size", "created_at")
_IDENTITY = "AGE-SECRET-KEY-1"


def register(app: typer.Typer) -> None:
    """Add the group to succession's."""
    group = next(one.typer_instance for one in app.registered_groups if one.name == "succession")
    assert group is not None
    letters = typer.Typer(help="Letters that the server keeps sealed.", no_args_is_help=True)
    group.add_typer(letters, name="letters")
    letters.command("list")(list_letters)
    letters.command()(download)
    letters.command()(reseal)


def list_letters(as_json: AsJson = False) -> None:
    """List the letters that are yours to read now; the owner's are all of them."""
    found = list(connect().every(LETTERS_PATH))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="no letters: ballast succession seal")


def download(
    letters: Annotated[
        list[str] | None, typer.Argument(help="Names or ids; all that are yours where none is.")
    ] = None,
    out: Annotated[Path, typer.Option(help="A folder for the age files.")] = Path("letters"),
) -> None:
    """Write letters as age files, as they were sealed; the trail says that you have them."""
    server = connect()
    chosen = _chosen(list(server.every(LETTERS_PATH)), letters or [])
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in chosen:
            file = out / _file_name(one)
            # Before it is asked for: who has read what stands in the trail.
            if file.exists():
                raise CommandFailed(f"{file} is there already: name another folder with --out")
            write_new(file, _content(server, one))
            sys.stdout.write(f"{file}\n")
    except OSError as problem:
        raise CommandFailed(str(problem)) from problem


def reseal(
    identity: Annotated[Path, typer.Argument(help="Your own identity of age, as a file.")],
    shares: Annotated[Path, typer.Option(help="A new folder for a page per trustee.")],
    trustee: Annotated[
        list[str] | None, typer.Option(help="Who gets a share; those of before where none is.")
    ] = None,
    threshold: Annotated[
        int | None, typer.Option(help="How many shares open the letters; as before if left out.")
    ] = None,
) -> None:
    """Replace the shared key: every letter is sealed anew, and the old ones are destroyed.

    For a share that is lost or was seen. Only the owner's identity opens the letters for it.
    """
    from adapters.cli.age.sealing import recipient_of

    server = connect()
    try:
        secret = _identity(identity)
        used = server.get(f"{LETTERS_PATH}/key")
        # What was begun under another key, and never came into use, is destroyed with the old.
        before = [
            one for one in server.every(LETTERS_PATH) if one["sealed_for"] == used["recipient"]
        ]
        if not before:
            raise CommandFailed("there are no letters for the key in use: ballast succession seal")
        if shares.exists():
            problem = "must name a new folder: nothing is ever written over"
            raise InvalidValue(field="--shares", problem=problem)
        names = trustee or list(used["trustees"])
        needed = used["threshold"] if threshold is None else threshold
        sealed = under_new_key(
            [(one["name"], _opened(server, one, secret=secret)) for one in before],
            owner=recipient_of(secret),
            trustees=names,
            threshold=needed,
            folder=shares,
        )
    except InvalidValue as wrong:
        raise CommandFailed(str(wrong), code=2) from wrong
    except OSError as problem:
        raise CommandFailed(str(problem)) from problem
    for new, old in zip(sealed, before, strict=True):
        chosen = {"when": old["when"], "readers": old["readers"]}
        sys.stdout.write(f"{keep_letter(server, new, chosen)}  {new.name}\n")
    replace_key(server, sealed[0].sealed_for, threshold=needed, trustees=names)
    sys.stderr.write(
        f"{len(before)} letters are sealed anew, and the old ones destroyed. Destroy the old pages,"
        " and the age files that you have elsewhere.\n"
    )


def _chosen(found: Sequence[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any]]:
    for name in wanted:
        if not any(name in (one["id"], one["name"]) for one in found):
            raise CommandFailed(f"no letter {name}: ballast succession letters list", code=2)
    chosen = [one for one in found if not wanted or one["id"] in wanted or one["name"] in wanted]
    if not chosen:
        raise CommandFailed("no letter is yours to read now")
    files = [_file_name(one) for one in chosen]
    twice = sorted({name for name in files if files.count(name) > 1})
    if twice:
        problem = "there several times, for several keys: take each by its id, to its own folder"
        raise CommandFailed(f"{', '.join(twice)}: {problem}", code=2)
    return chosen


def _file_name(letter: dict[str, Any]) -> str:
    """Name the file after the letter, by its id where the name would lead elsewhere."""
    name: str = letter["name"]
    return f"{letter['id'] if '/' in name or name.startswith('.') else name}.age"


def _content(server: Server, letter: dict[str, Any]) -> bytes:
    told = server.get(f"{LETTERS_PATH}/{letter['id']}")
    content = base64.b64decode(told["content"])
    if sha256(content).hexdigest() != letter["sha256"]:
        raise CommandFailed(f"{letter['name']} is not what the list says: its SHA-256 is another")
    return content


def _opened(server: Server, letter: dict[str, Any], *, secret: str) -> bytes:
    from adapters.cli.age.sealing import opened

    try:
        return opened(_content(server, letter), identity=secret)
    except InvalidValue as wrong:
        problem = f"{letter['name']} does not open with this identity: nothing was changed"
        raise CommandFailed(problem) from wrong


def _identity(file: Path) -> str:
    lines = [one.strip() for one in file.read_text().splitlines()]
    found = [one for one in lines if one and not one.startswith("#")]
    if len(found) != 1 or not found[0].startswith(_IDENTITY):
        # Said without what stands there.
        raise InvalidValue(field=str(file), problem=f"must hold one identity, {_IDENTITY}...")
    return found[0]
