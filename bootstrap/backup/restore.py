"""Restore a back-up into an empty installation, and leave its trading stopped."""

from dataclasses import dataclass
from pathlib import Path

from adapters.brokers.paper.journal_copies import Venues
from adapters.postgres.backup.archive import opened
from adapters.postgres.backup.restoring import Stop, restore
from adapters.postgres.backup.verifying import Finding, verify
from adapters.postgres.migrations.run import upgrade
from bootstrap.audit.checks import held_anchors, settle_chain
from bootstrap.audit.keys import kept_keys, key_reader
from bootstrap.backup.installation import must_be_current, reached_database
from bootstrap.backup.keys import Keyring
from bootstrap.binaries import postgres_environment
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """What was restored, and what a check of it found."""

    revision: str
    upgraded: tuple[str, ...]
    venue: str
    found: list[Finding]


async def restore_backup(
    settings: Settings, *, file: Path, key_file: Path | None = None, accept_unproven: bool = False
) -> RestoreResult:
    """Restore into the database of these settings, which must be empty; upgrade; verify."""
    system = build_system()
    keyring = Keyring(settings=settings, key_file=key_file)
    with opened(file, key_of=keyring.key_of, accept_unproven=accept_unproven) as backup:
        of = f" of {backup.made_at.isoformat(timespec='seconds')}" if backup.made_at else ""
        stop = Stop(
            reason=f"restored from a back-up{of}: compare with the broker, then release",
            at=system.clock.now(),
            new_id=system.ids.new,
            key=key_reader(settings)().current,
        )
        async with reached_database(settings, make=True) as url:
            venue = Venues(
                backup.venue, None if settings.profile == "memory" else settings.data_dir
            )
            revision = await restore(
                url=url,
                dump=backup.dump,
                stop=stop,
                environment=postgres_environment(settings.pg_bindir),
                proven=backup.proven,
                beside=venue.put,
            )
            upgraded = await upgrade(url, requests_url=settings.database_app_url)
            await settle_chain(settings, url=url)
            anchors = await held_anchors(settings, url=url)
            found = await verify(url=url, keys=kept_keys(settings), anchors=anchors)
    return RestoreResult(
        revision=revision,
        upgraded=tuple(upgraded),
        venue=venue.said,
        found=found,
    )


async def look(settings: Settings) -> list[Finding]:
    """Verify the database of these settings; raises NoDatabase for one that is behind."""
    async with reached_database(settings) as url:
        await must_be_current(url)
        anchors = await held_anchors(settings, url=url)
        return await verify(url=url, keys=kept_keys(settings), anchors=anchors)
