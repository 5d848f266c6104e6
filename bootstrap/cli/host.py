"""Hand the commands of the host what they need of the installation."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, TypeVar

from adapters.cli.failures import REFUSED, UNREACHABLE, CommandFailed
from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.noting import told_trail
from bootstrap.cli.passphrase import with_passphrase
from bootstrap.settings.sections import LogSettings, Settings

T = TypeVar("T")
Faults = tuple[type[Exception], ...]


class InstallationHost:
    """The installation of this machine's settings; adapters.cli.host says what each gives."""

    def tenants(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with what makes tenants, lists them and stops all of them."""
        from bootstrap.identity.tenants import tenant_room

        settings = loaded_settings().settings

        async def done() -> T:
            async with tenant_room(settings) as room:
                return await work(room)

        return _over_database(done(), settings=settings)

    def keys(self, work: Callable[[Any, Any], Awaitable[T]]) -> T:
        """Do work with the keys of secrets, and with the storage of what they seal."""
        from bootstrap.secrets.open_keys import open_keys
        from ports.secrets import KeysUnusable, SecretsSealed, SecretUnreadable

        settings = with_passphrase(loaded_settings().settings)

        async def done() -> T:
            async with open_keys(settings) as (parts, storage):
                return await work(parts, storage)

        try:
            refused = (KeysUnusable, SecretUnreadable)
            return _over_database(done(), settings=settings, refused=refused)
        except SecretsSealed as problem:
            raise CommandFailed(f"sealed: {problem}", code=REFUSED) from None

    def new_key(self) -> str:
        """Return a new random key."""
        from adapters.security.given_keys import new_key

        return new_key()

    def factors(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with the second factors of users."""
        from bootstrap.identity.factors import build_operating
        from bootstrap.system import build_system

        async def done(_: Any, storage: Any) -> T:
            own = loaded_settings().settings.identity
            return await work(build_operating(settings=own, storage=storage, system=build_system()))

        return self.keys(done)

    def letters(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work with the commands that were put aside in Kafka."""
        settings = loaded_settings().settings.kafka
        if settings.bootstrap is None:
            raise CommandFailed("no Kafka is set: name one with BALLAST_KAFKA_BOOTSTRAP")
        from adapters.kafka.letters import DeadLetters, NoSuchLetter
        from adapters.kafka.sink import KafkaMessageSink
        from adapters.kafka.transport import KafkaTopicLog
        from bootstrap.streams.kafka import kafka_address

        address = kafka_address(settings)

        async def done() -> T:
            log, sink = KafkaTopicLog(address=address), KafkaMessageSink(address=address)
            return await work(DeadLetters(log=log, sink=sink))

        return _done(done(), refused=(NoSuchLetter,))

    def told_trail(
        self, *, action: str, subject: str, detail: tuple[tuple[str, str], ...] = ()
    ) -> bool:
        """Tell the audit trail of a command; where that cannot be, it is said."""
        settings = loaded_settings().settings
        return told_trail(settings, action=action, subject=subject, detail=detail)

    def stop_away(self, command: Any) -> Any:
        """Stop by the channel that needs no database."""
        from bootstrap.kill_switch.operator import operators_stop

        return asyncio.run(operators_stop(loaded_settings().settings)(command))

    def drill(self, *, orders: int, venues: Sequence[str], within_s: float) -> Any:
        """Rehearse a stop, keep what it showed, and return that signed."""
        from adapters.security.keys import UnusableKey
        from application.kill_switch.run_drill import DrillUnfit
        from bootstrap.identity.access_tokens import KEY_FILE
        from bootstrap.kill_switch.drill import run_drill
        from bootstrap.kill_switch.drills import build_drills
        from bootstrap.system import build_system
        from ports.storage import StorageUnavailable

        settings = loaded_settings(listens=False).settings
        if settings.token.signing_key is None and not (settings.data_dir / KEY_FILE).exists():
            raise CommandFailed(
                f"{settings.data_dir / KEY_FILE} is missing, by which a drill is signed: start a"
                " server on the data folder once",
                code=REFUSED,
            )
        drills = build_drills(settings, build_system())

        async def run() -> Any:
            figures = await run_drill(orders=orders, venues=venues, within_s=within_s)
            return await drills.keep(figures, orders=orders)

        return _done(run(), refused=(DrillUnfit, UnusableKey, StorageUnavailable))

    def check_trail(self, *, since: int) -> Any:
        """Check the audit trail from a place of each chain on."""
        from bootstrap.audit.checks import check

        return _over_trail(check(loaded_settings().settings, since=since))

    def export_trail(self, *, to: TextIO, as_csv: bool, since: int) -> int:
        """Write the audit trail, and return how many entries that were."""
        from bootstrap.audit.export import export

        return _over_trail(export(loaded_settings().settings, to=to, as_csv=as_csv, since=since))

    def add_audit_key(self) -> str:
        """Add a key that proves entries, and return its id."""
        from adapters.security.audit_keys import UnusableAuditKeys, add_audit_key
        from bootstrap.audit.keys import key_file

        settings = loaded_settings().settings
        if settings.audit.keys is not None:
            raise CommandFailed("audit.keys is set: add a key there, at the end", code=REFUSED)
        try:
            return add_audit_key(key_file(settings)).current.id
        except FileNotFoundError as problem:
            raise CommandFailed("there is no key yet: the first start makes one") from problem
        except UnusableAuditKeys as problem:
            raise CommandFailed(str(problem)) from problem

    def give_up_anchors(self) -> Any:
        """Keep that the last anchors are lost, and return which."""
        from bootstrap.audit.checks import give_up_anchors

        return _over_trail(give_up_anchors(loaded_settings().settings))

    def backup(self, *, out: Path) -> Any:
        """Write everything to one file."""
        from bootstrap.backup.making import make_backup

        return _over_copies(make_backup(loaded_settings().settings, out=out))

    def restore(self, *, file: Path, key_file: Path | None, accept_unproven: bool) -> Any:
        """Restore into an empty database, and verify it."""
        from bootstrap.backup.restore import restore_backup

        settings = loaded_settings().settings
        return _over_copies(
            restore_backup(settings, file=file, key_file=key_file, accept_unproven=accept_unproven)
        )

    def verify(self) -> Sequence[Any]:
        """Check that all that is stored fits together."""
        from bootstrap.backup.restore import look

        return _over_copies(look(loaded_settings().settings))


def _over_database(work: Coroutine[Any, Any, T], *, settings: Settings, refused: Faults = ()) -> T:
    from adapters.postgres.embedded.errors import EmbeddedPostgresFault
    from adapters.postgres.link.address import AddressInvalid
    from bootstrap.secrets.open_keys import Unmigrated
    from ports.storage import StorageCorrupt

    return _done(
        work,
        log=settings.log,
        refused=(Unmigrated, AddressInvalid, *refused),
        failed=(EmbeddedPostgresFault, StorageCorrupt),
    )


def _over_trail(work: Coroutine[Any, Any, T]) -> T:
    from application.audit.give_up_anchors import NothingLost
    from bootstrap.audit.checks import NoKeys
    from bootstrap.processes.startup_faults import startup_faults

    log = LogSettings()
    return _done(work, log=log, refused=(NoKeys, NothingLost), failed=startup_faults())


def _over_copies(work: Coroutine[Any, Any, T]) -> T:
    from adapters.brokers.paper.journal_copies import JournalReplaced
    from adapters.postgres.backup.contents import BackupUnusable
    from adapters.postgres.backup.dumping import NothingToCopy
    from adapters.postgres.backup.loading import LoginTooMighty
    from adapters.postgres.backup.tools import ToolFailed, ToolsMissing
    from adapters.postgres.migrations.run import NotEmpty
    from bootstrap.backup.making import OutputUnfit
    from bootstrap.processes.startup_faults import startup_faults

    return _done(
        work,
        log=LogSettings(),
        refused=(
            BackupUnusable,
            LoginTooMighty,
            NotEmpty,
            OutputUnfit,
            NothingToCopy,
            JournalReplaced,
        ),
        failed=(ToolFailed, ToolsMissing, *startup_faults()),
    )


def _done(
    work: Coroutine[Any, Any, T],
    *,
    log: LogSettings | None = None,
    refused: Faults = (),
    failed: Faults = (),
) -> T:
    """Run it; what is in the way is told, not traced."""
    from adapters.postgres.embedded.reached import NoDatabase
    from adapters.telemetry.logs import configure_logging
    from ports.audit import AnchorUnavailable
    from ports.commands import TransportUnavailable
    from ports.secrets import KeysUnavailable
    from ports.storage import StorageUnavailable

    if log is not None:
        # What is printed is for programs too: logs go to standard error, and only bad news.
        configure_logging(replace(log, level="warning"))
    try:
        return asyncio.run(work)
    except NoDatabase as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except refused as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except (
        AnchorUnavailable,
        KeysUnavailable,
        StorageUnavailable,
        TransportUnavailable,
    ) as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    except failed as problem:
        raise CommandFailed(str(problem)) from problem
