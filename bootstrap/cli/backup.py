"""`ballast backup`, `ballast restore`, `ballast verify`."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.failures import FAILED, REFUSED, UNREACHABLE, CommandFailed
from bootstrap.cli.environment import loaded_settings

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(verify)


def backup(
    out: Annotated[Path, typer.Option(help="The file to write; it must not be there yet.")],
) -> None:
    """Write everything to one file, while servers go on; secrets stay out of it."""
    settings = loaded_settings().settings
    from bootstrap.backup.making import make_backup

    made = _done(make_backup(settings, out=out))
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
    settings = loaded_settings().settings
    from bootstrap.backup.restore import restore_backup

    done = _done(
        restore_backup(settings, file=file, key_file=key_file, accept_unproven=accept_unproven)
    )
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
    settings = loaded_settings().settings
    from bootstrap.backup.restore import look

    _tell(_done(look(settings)))


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


def _done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what is in the way is told, not traced."""
    from adapters.postgres.backup.contents import BackupUnusable
    from adapters.postgres.backup.dumping import NothingToCopy
    from adapters.postgres.backup.loading import LoginTooMighty
    from adapters.postgres.backup.tools import ToolFailed, ToolsMissing
    from adapters.postgres.migrations.run import NotEmpty
    from adapters.telemetry.logs import configure_logging
    from bootstrap.backup.installation import NoDatabase
    from bootstrap.backup.making import OutputUnfit
    from bootstrap.processes.startup_faults import startup_faults
    from bootstrap.settings.sections import LogSettings
    from ports.storage import StorageUnavailable

    configure_logging(LogSettings(level="warning"))
    try:
        return asyncio.run(work)
    except (
        BackupUnusable,
        LoginTooMighty,
        NotEmpty,
        OutputUnfit,
        NoDatabase,
        NothingToCopy,
    ) as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except StorageUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    except (ToolFailed, ToolsMissing) as problem:
        raise CommandFailed(str(problem)) from problem
    except startup_faults() as problem:
        raise CommandFailed(str(problem)) from problem
