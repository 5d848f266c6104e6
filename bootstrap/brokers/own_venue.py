"""Start the broker; a venue of our own must be the one that the books know."""

from pathlib import Path

import structlog

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.journal import is_kept
from adapters.brokers.paper.rebuilding import rebuilt
from adapters.settings.declared import variable_of
from bootstrap.areas import audit, market
from bootstrap.brokers import registry
from bootstrap.parts import Parts
from bootstrap.settings.brokers import section_of

log = structlog.get_logger(__name__)


class VenueLost(Exception):
    """The venue in the data folder knows less than the books; the message says how to go on."""


async def start_broker(parts: Parts, *, name: str) -> None:
    """Connect to one; raises VenueLost before anything is compared with an empty or older venue.

    Such a venue would be believed: every account would be halted for positions that it does
    not show, and its reports, numbered from one again, would be taken for repetitions.
    """
    broker = parts.of(registry.build).parts[name]
    venue, folder = broker.venue, broker.folder
    if venue is None or folder is None:
        await broker.connection.start()
        return
    reports = await parts.storage.books.heard(broker=name)
    heard = max({reports.mark, *reports.above})
    if heard and not is_kept(folder):
        if not parts.settings.every_broker[name].rebuild:
            raise VenueLost(_lost(folder, heard=heard, section=section_of(name)))
        await _rebuild(parts, name=name, venue=venue, heard=heard)
    await broker.connection.start()
    if venue.sequence < heard:
        await broker.connection.stop()
        raise VenueLost(_behind(folder, ends=venue.sequence, heard=heard, section=section_of(name)))


async def _rebuild(parts: Parts, *, name: str, venue: PaperVenue, heard: int) -> None:
    """Let the venue begin with what the books know; written down for each account first."""
    books = []
    for account in await parts.storage.directory.at_broker(broker=name):
        book = await parts.storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        if book is None:
            continue
        books.append(book)
        await parts.of(audit.build).record(
            tenant_id=account.tenant_id,
            actor="operator",
            action="paper_venue.rebuild",
            subject=str(account.id),
            detail=(("last_report", str(heard)),),
        )
    feed = parts.of(market.build).feed
    change = rebuilt(
        books,
        heard=heard,
        now=feed.now(),
        settings=venue.settings,
        lap=feed.lap(),
    )
    # What lies below is told by nobody any more: the mark would wait for it for ever.
    await parts.storage.books.mark_heard(broker=name, mark=heard)
    venue.restore(change)
    log.warning(
        "paper_venue.rebuilt",
        accounts=len(books),
        positions=len(change.holdings),
        orders=len(change.orders),
    )


def _lost(folder: Path, *, heard: int, section: str) -> str:
    return (
        f"the paper venue's journal is not in {folder}, and the books know {heard} reports of it:"
        " put the folder or its volume back and start again. If it is gone for good, start once"
        f" with {_rebuilding(section)}: the venue then begins with the"
        " positions and open orders of the books"
    )


def _behind(folder: Path, *, ends: int, heard: int, section: str) -> str:
    return (
        f"the paper venue's journal in {folder} ends with report {ends}, and the books know"
        f" {heard}: it is an older copy. Put the latest one back; if that is gone for good, move"
        f" this one away and start once with {_rebuilding(section)}"
    )


def _rebuilding(section: str) -> str:
    return f"{section}.rebuild ({variable_of(f'{section}.rebuild')}=true)"
