"""Write down what an operator did beside the servers, in the database that they use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.audit.trail import PostgresAuditTrail
from adapters.postgres.embedded.server import address_of_running
from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.system.data_folder import read_owner
from application.audit.record import Recorder
from bootstrap.audit.keys import kept_keys
from bootstrap.settings.sections import Settings
from bootstrap.system import System, build_system
from domain.audit.macs import AuditKey

# The command goes on without the entry after so long.
WAIT_S = 5.0
_ONE = DatabaseLimits(pool_size_min=1, pool_size_max=1)


class NotNoted(Exception):
    """The audit trail does not have it; the message says why."""


async def note(
    settings: Settings,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: tuple[tuple[str, str], ...] = (),
) -> None:
    """Store an entry of the first tenant; raises NotNoted.

    A database of our own is only used while a server runs it: starting one takes longer than
    what is to be noted, and would keep a server from starting.
    """
    url = settings.database_url
    try:
        owner = read_owner(settings.data_dir)
        if url is None and settings.profile == "embedded":
            url = address_of_running(data_dir=settings.data_dir)
        if url is None or owner is None:
            raise NotNoted("no server runs on this data folder")
        keys = kept_keys(settings)
        if keys is None:
            raise NotNoted("the audit keys are not here")
        async with asyncio.timeout(WAIT_S):
            async with writing(settings, url=url, key=keys.current) as database:
                await recorder_over(database, system=build_system())(
                    tenant_id=owner.tenant_id,
                    actor=actor,
                    action=action,
                    subject=subject,
                    detail=detail,
                )
    except TimeoutError:
        raise NotNoted(f"the database did not answer within {WAIT_S:g} s") from None
    except NotNoted:
        raise
    # Whatever keeps the entry out, the command that it is of goes on: `ballast token` is how an
    # operator comes in when much else is broken.
    except Exception as problem:
        raise NotNoted(f"{type(problem).__name__}: {problem}") from problem


@asynccontextmanager
async def writing(
    settings: Settings, *, url: str, key: AuditKey, limits: DatabaseLimits = _ONE
) -> AsyncIterator[Database]:
    """Give the database, of one connection unless told, its entries proven under the key."""
    database = Database(limits=limits)
    database.audit_key = key
    await database.start(url=url, requests_url=settings.database_app_url, bound=False)
    try:
        yield database
    finally:
        await database.stop()


def recorder_over(database: Database, *, system: System) -> Recorder:
    """Build what adds entries."""
    trail = PostgresAuditTrail(database=database)
    return Recorder(trail=trail, clock=system.clock, ids=system.ids)
