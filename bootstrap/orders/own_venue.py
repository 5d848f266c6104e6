"""Start the broker; a venue of our own must be the one that the books know."""

from pathlib import Path

import structlog

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.journal import is_kept
from adapters.brokers.paper.rebuilding import rebuilt
from bootstrap.areas import audit, market
from bootstrap.broker_parts import BROKER
from bootstrap.choices import build_broker_parts, venue_folder
from bootstrap.parts import Parts

log = structlog.get_logger(__name__)


class VenueLost(Exception):
    """The venue in the data folder knows less than the books; the message says how to go on."""


async def start_broker(parts: Parts) -> None:
    """Connect; raises VenueLost before anything is compared with an empty or older venue.

    Such a venue would be believed: every account would be halted for positions that it does
    not show, and its reports, numbered from one again, would be taken for repetitions.
    """
    broker = parts.of(build_broker_parts)
    venue, folder = broker.venue, venue_folder(parts.settings)
    if venue is None or folder is None:
        await broker.connection.start()
        return
    reports = await parts.storage.books.heard(broker=BROKER)
    heard = max({reports.mark, *reports.above})
    if heard and not is_kept(folder):
        if not parts.settings.paper.rebuild:
            raise VenueLost(_lost(folder, heard=heard))
        await _rebuild(parts, venue=venue, heard=heard)
    await broker.connection.start()
    if venue.sequence < heard:
        await broker.connection.stop()
        raise VenueLost(_behind(folder, ends=venue.sequence, heard=heard))


async def _rebuild(parts: Parts, *, venue: PaperVenue, heard: int) -> None:
    """Let the venue begin with what the books know; written down for each account first."""
    books = []
    for account in await parts.storage.directory.at_broker(broker=BROKER):
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
    change = rebuilt(
        books,
        heard=heard,
        now=parts.of(market.build).feed.now(),
        settings=venue.settings,
        lap=parts.of(market.build).feed.lap(),
    )
    # What lies below is told by nobody any more: the mark would wait for it for ever.
    await parts.storage.books.mark_heard(broker=BROKER, mark=heard)
    venue.restore(change)
    log.warning(
        "paper_venue.rebuilt",
        accounts=len(books),
        positions=len(change.holdings),
        orders=len(change.orders),
    )


def _lost(folder: Path, *, heard: int) -> str:
    return (
        f"the paper venue's journal is not in {folder}, and the books know {heard} reports of it:"
        " put the folder or its volume back and start again. If it is gone for good, start once"
        " with paper.rebuild (BALLAST_PAPER_REBUILD=true): the venue then begins with the"
        " positions and open orders of the books"
    )


def _behind(folder: Path, *, ends: int, heard: int) -> str:
    return (
        f"the paper venue's journal in {folder} ends with report {ends}, and the books know"
        f" {heard}: it is an older copy. Put the latest one back; if that is gone for good, move"
        " this one away and start once with paper.rebuild (BALLAST_PAPER_REBUILD=true)"
    )
