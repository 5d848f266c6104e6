"""`ballast backup`, `ballast restore`, `ballast verify`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.failures import FAILED, CommandFailed
from adapters.cli.host.reach import host


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(verify)


def backup(
    out: Annotated[Path, typer.Option(help="The file to write; it must not be there yet.")],
) -> None:
    """Write everything to one file, while servers go on; secrets stay out of it."""
    made = host().backup(out=out)
    sys.stdout.write(
        f"{out}: {made.bytes} bytes, revision {made.dumped.revision},"
        f" Postgres {made.dumped.server_major}\n"
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A back-up, or a file of pg_dump --format=custom.")],
    key_file: Annotated[
        Path | None, typer.Option(help="A copy of the keys/backup.key that it was made with.")
    ] = None,
    accept_unproven: Annotated[
        bool,
        typer.Option(help="Take the rows of one that bears no proof, or under a key not here."),
    ] = False,
) -> None:
    """Restore a back-up into an empty database and verify it; trading stays stopped."""
    done = host().restore(file=file, key_file=key_file, accept_unproven=accept_unproven)
    lines = [f"restored at revision {done.revision}; {done.venue}"]
    if done.upgraded:
        lines.append(f"brought up to date: {', '.join(done.upgraded)}")
    sys.stdout.write("\n".join(lines) + "\n")
    _tell(done.found)
    sys.stdout.write(
        "trading is stopped: start the server, compare with the broker, then"
        " `ballast kill release`\n"
    )


def verify() -> None:
    """Check that books, ledger, journal, audit and decisions fit together; changes nothing."""
    _tell(host().verify())


def _tell(found: Sequence[Any]) -> None:
    for one in found:
        mark = "WRONG  " if one.wrong else "ok     "
        remark = f" ({one.remark})" if one.remark else ""
        sys.stdout.write(f"{mark} {one.subject}: {one.looked_at} looked at{remark}\n")
        for problem in one.shown:
            sys.stdout.write(f"         {problem}\n")
        if one.wrong > len(one.shown):
            sys.stdout.write(f"         and {one.wrong - len(one.shown)} more\n")
    wrong = sum(one.wrong for one in found)
    if wrong:
        raise CommandFailed(f"{wrong} things do not fit together", code=FAILED)
    sys.stdout.write("everything fits together\n")
