"""`ballast succession seal`: letters are sealed on the owner's machine, and their key is shared."""

import base64
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from domain.shared.values import InvalidValue
from domain.succession.age_file import check_age_file
from domain.succession.age_key import check_recipient
from domain.succession.letter import Handover

# What age adds to this stays below the largest age file that a server takes.
DOCUMENT_BYTES_MAX = 10_000_000
RECIPIENTS_FILE = "recipients.txt"
LETTERS_PATH = "/succession/letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDocument:
    """A document as an age file."""

    name: str
    sealed_for: str
    content: bytes


def register(app: typer.Typer) -> None:
    """Add the commands to succession's."""
    group = next(one.typer_instance for one in app.registered_groups if one.name == "succession")
    assert group is not None
    group.command()(seal)
    group.command()(identity)


def identity(
    file: Annotated[Path, typer.Argument(help="Where the identity is kept: guard it.")],
) -> None:
    """Make the owner's own identity of age, and print its recipient."""
    from adapters.cli.age.sealing import new_identity

    secret, recipient = new_identity()
    write_new(file, f"# public key: {recipient}\n{secret}\n".encode())
    sys.stdout.write(f"{recipient}\n")


def seal(
    files: Annotated[list[Path], typer.Argument(help="Letters and documents, 10 MB each at most.")],
    out: Annotated[
        Path | None, typer.Option(help="A folder for the age files: nothing is sent.")
    ] = None,
    owner: Annotated[str, typer.Option(help="The owner's own recipient, age1...")] = "",
    trustee: Annotated[list[str] | None, typer.Option(help="Who gets a share; repeat it.")] = None,
    threshold: Annotated[int, typer.Option(help="How many shares open the letters.")] = 0,
    shares: Annotated[
        Path | None, typer.Option(help="A new folder for a page per trustee, to be printed.")
    ] = None,
    recipients: Annotated[
        Path | None, typer.Option(help=f"The {RECIPIENTS_FILE} of a key that was shared before.")
    ] = None,
    when: Annotated[
        Handover | None,
        typer.Option(help="at_once or on_release, which is meant where nothing was said."),
    ] = None,
    reader: Annotated[
        list[str] | None, typer.Option(help="The id of a member who may have them; repeat it.")
    ] = None,
) -> None:
    """Seal letters for yourself and a key that is shared among trustees.

    Without --out the server keeps them; a new key replaces the one before, and its letters.
    """
    try:
        keeper = None if out is not None else connect()
        # Asked before anything is made: what is said of a letter already is said of it again.
        known = {} if keeper is None else _known(keeper)
        documents = [(one.name, _document(one)) for one in files]
        if len({name for name, _ in documents}) < len(documents):
            raise InvalidValue(field="files", problem="must each have a name of its own")
        if recipients is not None:
            if owner or trustee or threshold or shares:
                problem = "stands alone: the key was shared before, for those trustees and owner"
                raise InvalidValue(field="--recipients", problem=problem)
            keys = _kept_recipients(recipients)
            sealed = [_sealed(name, content, recipients=keys) for name, content in documents]
        else:
            sealed = under_new_key(
                documents, owner=owner, trustees=trustee or [], threshold=threshold, folder=shares
            )
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for one in sealed:
                write_new(out / f"{one.name}.age", one.content)
                sys.stdout.write(f"{out / one.name}.age\n")
    except InvalidValue as wrong:
        raise CommandFailed(str(wrong), code=2) from wrong
    except OSError as problem:
        raise CommandFailed(str(problem)) from problem
    if keeper is not None:
        for one in sealed:
            before = known.get(one.name, {})
            chosen: dict[str, Any] = {"when": when or before.get("when", Handover.ON_RELEASE)}
            chosen["readers"] = reader or before.get("readers", [])
            sys.stdout.write(f"{keep_letter(keeper, one, chosen)}  {one.name}\n")
        if recipients is None:
            replace_key(keeper, sealed[0].sealed_for, threshold=threshold, trustees=trustee or [])


def keep_letter(server: Server, sealed: SealedDocument, chosen: Mapping[str, Any]) -> str:
    """Let the server keep a letter, and return its id."""
    content = base64.b64encode(sealed.content).decode()
    body = {"name": sealed.name, "sealed_for": sealed.sealed_for, "content": content, **chosen}
    kept: str = server.post(LETTERS_PATH, body)["id"]
    return kept


def replace_key(server: Server, recipient: str, *, threshold: int, trustees: Sequence[str]) -> None:
    """Have the server use a new key, and destroy the letters of every other."""
    key = {"recipient": recipient, "threshold": threshold, "trustees": list(trustees)}
    server.ask("PUT", f"{LETTERS_PATH}/key", body=key)


def _known(server: Server) -> dict[str, dict[str, Any]]:
    """Return the letters that the server keeps for the key in use, by name."""
    found: dict[str, dict[str, Any]] = {}
    for one in server.get(LETTERS_PATH, limit=200)["items"]:
        found.setdefault(one["name"], one)
    return found


def under_new_key(
    documents: Sequence[tuple[str, bytes]],
    *,
    owner: str,
    trustees: Sequence[str],
    threshold: int,
    folder: Path | None,
) -> list[SealedDocument]:
    """Make a key, share it, and seal for it and its owner; the pages are written to a new folder.

    Raises InvalidValue, OSError, SealingFailed.
    """
    from adapters.cli.age.sealing import SealingFailed, joined_identity, opened, split_key
    from adapters.cli.age.sheet import sheet

    check_recipient(owner, field="--owner")
    if folder is None:
        raise InvalidValue(field="--shares", problem="must name a new folder for the pages")
    for name in trustees:
        if not name.isprintable() or not name.strip():
            raise InvalidValue(field="--trustee", problem="must be a printable name")
    key = split_key(threshold=threshold, shares=len(trustees))
    sealed = [_sealed(name, text, recipients=(owner, key.recipient)) for name, text in documents]
    # Before anybody relies on it: what was written opens with shares alone.
    identity = joined_identity(key.shares[-threshold:])
    for one, (_, content) in zip(sealed, documents, strict=True):
        if opened(one.content, identity=identity) != content:
            raise SealingFailed(f"{one.name} does not open with the shares: nothing was kept")
    folder.mkdir(mode=0o700)
    for number, (name, words) in enumerate(zip(trustees, key.shares, strict=True), start=1):
        page = sheet(
            words,
            number=number,
            trustees=len(trustees),
            threshold=threshold,
            name=name,
            recipient=key.recipient,
        )
        write_new(folder / f"share-{number}.txt", page.encode())
    kept = f"# the owner\n{owner}\n# the key that {threshold} of {len(trustees)} trustees share\n"
    write_new(folder / RECIPIENTS_FILE, f"{kept}{key.recipient}\n".encode())
    sys.stderr.write(
        f"Print each page of {folder} for its trustee, then remove the share-*.txt from this"
        f" machine; keep {RECIPIENTS_FILE} for further letters.\n"
    )
    return sealed


def _sealed(name: str, content: bytes, *, recipients: Sequence[str]) -> SealedDocument:
    from adapters.cli.age.sealing import sealed

    made = SealedDocument(
        name=name, sealed_for=recipients[1], content=sealed(content, recipients=recipients)
    )
    check_age_file(made.content, field=name)
    return made


def _document(file: Path) -> bytes:
    if file.stat().st_size > DOCUMENT_BYTES_MAX:
        problem = f"must be at most {DOCUMENT_BYTES_MAX:,} bytes"
        raise InvalidValue(field=str(file), problem=problem)
    return file.read_bytes()


def _kept_recipients(file: Path) -> tuple[str, str]:
    """Return the owner's recipient and the shared key's: from a file, never from a server."""
    lines = [one.strip() for one in file.read_text().splitlines()]
    keys = [one for one in lines if one and not one.startswith("#")]
    if len(keys) != 2 or keys[0] == keys[1]:
        raise InvalidValue(field=str(file), problem="must hold two recipients, age1... each")
    for one in keys:
        check_recipient(one, field=str(file))
    return keys[0], keys[1]


def write_new(file: Path, content: bytes) -> None:
    """Write a new file for its owner alone; nothing is ever written over."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        opened.write(content)
