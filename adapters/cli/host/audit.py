"""`ballast audit`: is the record of who did what as it was written; take it along."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import FAILED, REFUSED, CommandFailed
from adapters.cli.host.reach import host

Since = Annotated[int, typer.Option("--from", min=1, help="Begin at this place of each chain.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The record of who did what.", no_args_is_help=True)
    app.add_typer(group, name="audit")
    group.command()(verify)
    group.command()(export)
    group.command()(rotate)
    group.command("give-up-anchors")(give_up_anchors)


def verify(since: Since = 1) -> None:
    """Check that no entry was edited, removed, added or moved; changes nothing."""
    found = host().check_trail(since=since)
    checked = found.checked
    remark = checked.remark(found.anchors)
    sys.stdout.write(f"{checked.looked_at} entries looked at ({remark})\n")
    for fault in checked.shown:
        sys.stdout.write(f"WRONG   {fault}\n")
    if checked.wrong > len(checked.shown):
        sys.stdout.write(f"        and {checked.wrong - len(checked.shown)} more\n")
    if checked.wrong:
        raise CommandFailed(f"{checked.wrong} things are wrong with the trail", code=FAILED)
    sys.stdout.write("the trail is as it was written\n")


def export(
    out: Annotated[Path, typer.Option(help="The file to write; it must not be there yet.")],
    as_csv: Annotated[
        bool, typer.Option("--csv", help="A table, instead of JSON Lines with all proofs.")
    ] = False,
    since: Since = 1,
) -> None:
    """Write the whole trail to a file, with what proves it; readable by us only."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise CommandFailed(f"{out}: {problem.strerror}", code=REFUSED) from problem
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        written = host().export_trail(to=file, as_csv=as_csv, since=since)
    sys.stdout.write(f"{out}: {written} entries\n")


def rotate() -> None:
    """Add a key: servers that start from now on sign with it, the others still verify."""
    sys.stdout.write(f"key {host().add_audit_key()} signs from the next start on\n")


def give_up_anchors(
    sure: Annotated[bool, typer.Option("--sure", help="You know how they were lost.")] = False,
) -> None:
    """Say that the last anchors are lost, so that `verify` goes on without them for ever."""
    if not sure:
        raise CommandFailed(
            "what they proved of the trail's end is gone with them: say --sure once you know how"
            " they were lost",
            code=REFUSED,
        )
    gap = host().give_up_anchors()
    sys.stdout.write(f"the heads {gap.first} to {gap.last} are given up\n")
