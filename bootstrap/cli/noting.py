"""Tell the audit trail of a command, and who gave it if it could not be told."""

import sys
from dataclasses import replace

from adapters.cli.host.reach import operator_name
from bootstrap.settings.sections import Settings


def told_trail(
    settings: Settings, *, action: str, subject: str, detail: tuple[tuple[str, str], ...] = ()
) -> bool:
    """Write an entry; where no database answers that is said, and the command goes on."""
    import asyncio

    from adapters.telemetry.logs import configure_logging
    from bootstrap.audit.operator_trail import NotNoted, note

    # What is printed is for programs too: logs go to standard error, and only bad news.
    configure_logging(replace(settings.log, level="warning"))
    try:
        asyncio.run(
            note(settings, actor=operator_name(), action=action, subject=subject, detail=detail)
        )
    except NotNoted as problem:
        sys.stderr.write(f"not in the audit trail: {problem}\n")
        return False
    return True
