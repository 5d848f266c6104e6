"""`ballast audit`: is the record of who did what as it was written; take it along."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.failures import FAILED, REFUSED, UNREACHABLE, CommandFailed
from bootstrap.cli.environment import loaded_settings

T = TypeVar("T")

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
    settings = loaded_settings().settings
    from bootstrap.audit.checks import check

    found = _done(check(settings, since=since))
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
    settings = loaded_settings().settings
    from bootstrap.audit.export import export as write

    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise CommandFailed(f"{out}: {problem.strerror}", code=REFUSED) from problem
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        written = _done(write(settings, to=file, as_csv=as_csv, since=since))
    sys.stdout.write(f"{out}: {written} entries\n")


def rotate() -> None:
    """Add a key: servers that start from now on sign with it, the others still verify."""
    settings = loaded_settings().settings
    if settings.audit.keys is not None:
        raise CommandFailed("audit.keys is set: add a key there, at the end", code=REFUSED)
    from adapters.security.audit_keys import UnusableAuditKeys, add_audit_key
    from bootstrap.audit.keys import key_file

    try:
        keys = add_audit_key(key_file(settings))
    except FileNotFoundError as problem:
        raise CommandFailed("there is no key yet: the first start makes one") from problem
    except UnusableAuditKeys as problem:
        raise CommandFailed(str(problem)) from problem
    sys.stdout.write(f"key {keys.current.id} signs from the next start on\n")


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
    settings = loaded_settings().settings
    from bootstrap.audit.checks import give_up_anchors as give_up

    gap = _done(give_up(settings))
    sys.stdout.write(f"the heads {gap.first} to {gap.last} are given up\n")


def _done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what is in the way is told, not traced."""
    from adapters.telemetry.logs import configure_logging
    from bootstrap.audit.checks import NoKeys, NothingLost
    from bootstrap.backup.installation import NoDatabase
    from bootstrap.processes.startup_faults import startup_faults
    from bootstrap.settings.sections import LogSettings
    from ports.audit import AnchorUnavailable
    from ports.storage import StorageUnavailable

    configure_logging(LogSettings(level="warning"))
    try:
        return asyncio.run(work)
    except (NoDatabase, NoKeys, NothingLost) as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except (StorageUnavailable, AnchorUnavailable) as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    except startup_faults() as problem:
        raise CommandFailed(str(problem)) from problem
