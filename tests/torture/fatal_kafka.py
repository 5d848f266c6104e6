"""Die around Kafka and the inbox, or fail at marked orders: see `failpoints`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.kafka.facades import CommandFacades
from adapters.kafka.sink import KafkaMessageSink
from adapters.kafka.transport import KafkaCommandSource
from adapters.kafka.wire import COMMANDS
from application.streams.obey_restarts import ObeyRestarts
from bootstrap.areas import accounts, agents, kill_switch, orders, risk, signals
from bootstrap.areas.commands import CommandParts, build_over
from bootstrap.brokers import registry
from bootstrap.choices import build_events
from bootstrap.identity import access as access_area
from bootstrap.identity.credential_status import build_credential_status
from bootstrap.parts import Parts
from bootstrap.storage import build_storage
from bootstrap.streams.events import OutsideStream
from bootstrap.streams.kafka import kafka_address
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from domain.shared.notices import Notice
from ports.accounts import AccountBooks, BookCommit, ReportMarks, Stale
from ports.commands import (
    CommandSource,
    MessageSink,
    Outgoing,
    Partition,
    ReceivedMessage,
    Revoked,
)
from ports.inbox import Begun, CommandAnswer, Inbox, OtherContent
from ports.streams import Subscriber
from tests.torture.failpoints import Fuse
from tests.torture.fatal_records import fatal_brokers, fatal_storage

# An order whose client order id begins so is a defect of ours, as far as commands know.
RAISES = "raises-"


def arm(parts: Parts, fuse: Fuse) -> None:
    """Put one failpoint around every port of a worker."""
    storage = fatal_storage(parts.of(build_storage), fuse)
    storage = replace(storage, inbox=FatalInbox(inner=storage.inbox, fuse=fuse))
    parts.replace("bare_storage", storage)
    parts.replace("brokers", fatal_brokers(parts.of(registry.build), fuse))
    events = parts.of(build_events)
    if events is not None:
        parts.replace("events", FatalEvents(inner=events, fuse=fuse))
    if fuse.name.startswith(("commands.", "answers.")):
        parts.replace("commands", _fatal_commands(parts, fuse))


def raise_for_marked(parts: Parts) -> None:
    """Let the books refuse marked orders as a defect would: with an exception of no port."""
    storage = parts.of(build_storage)
    books = RaisingBooks(inner=storage.books)
    parts.replace("bare_storage", replace(storage, books=books))


def _fatal_commands(parts: Parts, fuse: Fuse) -> ObeyRestarts:
    """Build what `bootstrap.areas.commands` builds, with a source and a sink that die."""
    settings, storage, system = parts.settings, parts.storage, parts.system
    address = kafka_address(settings.kafka)
    group = f"{settings.kafka.group}.commands"
    credential_status = parts.of(build_credential_status)
    facades = CommandFacades(
        orders=parts.of(orders.build).facade,
        accounts=parts.of(accounts.build).facade,
        risk=parts.of(risk.build).facade,
        kill_switch=parts.of(kill_switch.build).facade,
        agents=parts.of(agents.build).facade,
        signals=parts.of(signals.build).publish,
        rights=credential_status.rights,
        refusing=access_area.build_refusing(storage=storage, system=system),
        producers=credential_status.producers,
        clock=system.clock,
    )

    def make() -> CommandParts:
        source = KafkaCommandSource(address=address, group=group, topic=COMMANDS)
        return build_over(
            source=FatalSource(inner=source, fuse=fuse),
            sink=FatalSink(inner=KafkaMessageSink(address=address), fuse=fuse),
            facades=facades,
            inbox=storage.inbox,
            system=system,
            settings=settings.commands,
        )

    return ObeyRestarts(
        group=group,
        make=make,
        restarts=storage.consumer_restarts,
        clock=system.clock,
        sleeper=system.sleeper,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalEvents:
    """A stream that dies before a batch is handed over, or once it is acknowledged."""

    inner: OutsideStream
    fuse: Fuse

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand notices over."""
        self.fuse.at("publish.before")
        await self.inner.publish(notices)
        self.fuse.at("publish.after")

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber before the stream starts."""
        self.inner.subscribe(name=name, subscriber=subscriber)

    async def stop(self) -> None:
        """Close what is open."""
        await self.inner.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalSource:
    """A member of the group that dies with messages in hand, or around its commit."""

    inner: CommandSource
    fuse: Fuse

    async def start(self, *, on_revoked: Revoked) -> None:
        """Join the group."""
        await self.inner.start(on_revoked=on_revoked)

    async def stop(self) -> None:
        """Leave the group."""
        await self.inner.stop()

    async def receive(self, *, limit: int, timeout_s: float) -> Sequence[ReceivedMessage]:
        """Return what is there."""
        found = await self.inner.receive(limit=limit, timeout_s=timeout_s)
        if found:
            self.fuse.at("commands.received")
        return found

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Keep the next offset to be read per partition."""
        self.fuse.at("commands.offsets.before")
        await self.inner.commit(offsets)
        self.fuse.at("commands.offsets.after")


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalSink:
    """A sink that dies before an answer is sent, or once it is kept."""

    inner: MessageSink
    fuse: Fuse

    async def start(self) -> None:
        """Connect."""
        await self.inner.start()

    async def stop(self) -> None:
        """Send what waits and close."""
        await self.inner.stop()

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Return once all are kept safely."""
        self.fuse.at("answers.before")
        await self.inner.send(messages)
        self.fuse.at("answers.after")


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalInbox:
    """An inbox that dies before or after it keeps something."""

    inner: Inbox
    fuse: Fuse

    async def begin(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, at: datetime
    ) -> Begun | CommandAnswer | OtherContent:
        """Note that the command is about to be carried out."""
        self.fuse.at("inbox.begun.before")
        said = await self.inner.begin(
            tenant_id=tenant_id, command_id=command_id, content_hash=content_hash, at=at
        )
        self.fuse.at("inbox.begun.after")
        return said

    async def find(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
    ) -> Begun | CommandAnswer | OtherContent | None:
        """Return what is known of the command."""
        return await self.inner.find(
            tenant_id=tenant_id, command_id=command_id, content_hash=content_hash
        )

    async def settle(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, answer: CommandAnswer
    ) -> CommandAnswer | OtherContent:
        """Store the answer unless there is one."""
        self.fuse.at("inbox.settled.before")
        kept = await self.inner.settle(
            tenant_id=tenant_id, command_id=command_id, content_hash=content_hash, answer=answer
        )
        self.fuse.at("inbox.settled.after")
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisingBooks:
    """Books that fail at marked orders, however often they are asked."""

    inner: AccountBooks

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book as of one version."""
        return await self.inner.load(tenant_id=tenant_id, account_id=account_id)

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the version that is stored now."""
        return await self.inner.version(tenant_id=tenant_id, account_id=account_id)

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the stored versions of all the tenant's books."""
        return await self.inner.versions(tenant_id=tenant_id)

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        return await self.inner.symbol_versions(tenant_id=tenant_id, symbols=symbols)

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Store all of the change, or fail for a marked order."""
        if any(order.client_order_id.startswith(RAISES) for order in change.orders):
            raise ZeroDivisionError("a defect, planted by the torture")
        return await self.inner.commit(change)

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        return await self.inner.reply(tenant_id=tenant_id, key=key)

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied."""
        return await self.inner.heard(broker=broker)

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Store that all reports up to the mark were applied."""
        await self.inner.mark_heard(broker=broker, mark=mark)
