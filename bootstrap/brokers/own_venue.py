"""Start a broker: one elsewhere connects, a venue of our own must be the one the books know."""

from adapters.brokers.paper.starting import StartVenue
from adapters.settings.declared import variable_of
from bootstrap.areas import audit, market
from bootstrap.brokers import registry
from bootstrap.parts import Parts
from bootstrap.settings.brokers import section_of
from domain.accounts.book import AccountBook


async def start_broker(parts: Parts, *, name: str) -> None:
    """Connect to one; raises VenueLost."""
    broker, section = parts.of(registry.build).parts[name], section_of(name)
    if broker.venue is None or broker.folder is None:
        await broker.connection.start()
        return

    async def told(book: AccountBook, heard: int) -> None:
        await parts.of(audit.build).record(
            tenant_id=book.account.tenant_id,
            actor="operator",
            action="paper_venue.rebuild",
            subject=str(book.account.id),
            detail=(("last_report", str(heard)),),
        )

    start = StartVenue(
        name=name,
        venue=broker.venue,
        folder=broker.folder,
        connection=broker.connection,
        books=parts.storage.books,
        directory=parts.storage.directory,
        market=parts.of(market.build).feed,
        rebuild=parts.settings.every_broker[name].rebuild,
        rebuilding=f"{section}.rebuild ({variable_of(f'{section}.rebuild')}=true)",
        told=told,
    )
    await start()
