"""Answer for the live streams: a snapshot first, then what followed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.streams.channels import ChannelScope, StreamChannel
from domain.accounts.describe import describe_fill, describe_order, describe_position
from domain.kill_switch.latch import describe_scope
from domain.shared.notices import Notice, own_channel
from domain.shared.refusals import Absent
from ports.accounts import AccountBooks, AccountDirectory
from ports.kill_switch import Latches
from ports.orders import OrderArchive
from ports.streams import Journal

FILLS_SHOWN = 50


class ChannelNotFound(Absent):
    """The channel's account does not exist, or is another tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a channel shows now, as of a sequence; later notices carry higher ones."""

    sequence: int
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamUseCases:
    """Everything that a live reader asks for."""

    books: AccountBooks
    directory: AccountDirectory
    archive: OrderArchive
    latches: Latches
    journal: Journal

    async def snapshot(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: StreamChannel,
        user_id: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Snapshot:
        """Return the channel's state; raises ChannelNotFound.

        With among, the tenant's own channels show nothing of other accounts. user_id is who
        asks, for a channel that is each user's own.

        The sequence is read with the rows or before them: a reader may get a notice that
        the rows show already, and never misses one that they do not.
        """
        if channel is StreamChannel.KILL_SWITCH:
            sequence = await self.journal.last_sequence(
                tenant_id=tenant_id, account_id=None, channel=channel
            )
            engaged = await self.latches.engaged(tenant_id=tenant_id)
            rows = tuple(
                {"latch_id": str(latch.id), "reason": latch.reason, "actor": latch.actor}
                | describe_scope(latch.scope)
                | {"level": latch.level.value}
                for latch in engaged
                if among is None or latch.scope.account_id in (None, *among)
            )
            return Snapshot(sequence=sequence, rows=rows)
        if account_id is None and channel.whose is not ChannelScope.ACCOUNT:
            sequence = await self.journal.last_sequence(
                tenant_id=tenant_id, account_id=None, channel=_stored(channel, user_id)
            )
            return Snapshot(sequence=sequence, rows=())
        if account_id is None:
            raise ChannelNotFound(channel)
        book = await self.books.load(tenant_id=tenant_id, account_id=account_id)
        if book is None:
            raise ChannelNotFound(f"{channel} of account {account_id}")
        sequence = next(
            (number for name, number in book.sequences.items() if name.value == channel.value), 0
        )
        match channel:
            case StreamChannel.ORDERS:
                rows = tuple(describe_order(order) for order in book.orders.values())
            case StreamChannel.POSITIONS:
                held = [one for one in book.positions.values() if one.quantity]
                rows = tuple(describe_position(position) for position in held)
            case StreamChannel.FILLS:
                fills = await self.archive.fills(
                    tenant_id=tenant_id, account_id=account_id, limit=FILLS_SHOWN
                )
                rows = tuple(describe_fill(fill) for fill in fills)
            case StreamChannel.RISK:
                rows = ()
            case _:
                whose = channel.whose.value
                raise ChannelNotFound(f"{channel} belongs to the {whose}, not to an account")
        return Snapshot(sequence=sequence, rows=rows)

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: StreamChannel,
        after_sequence: int,
        limit: int,
        user_id: UUID | None = None,
    ) -> Sequence[Notice]:
        """Return what followed a sequence, ascending; raises ChannelNotFound.

        user_id is who asks, for a channel that is each user's own.
        """
        if account_id is not None:
            found = await self.directory.find(tenant_id=tenant_id, account_id=account_id)
            if found is None:
                raise ChannelNotFound(f"{channel} of account {account_id}")
        return await self.journal.replay(
            tenant_id=tenant_id,
            account_id=account_id,
            channel=_stored(channel, user_id),
            after_sequence=after_sequence,
            limit=limit,
        )


def _stored(channel: StreamChannel, user_id: UUID | None) -> str:
    """Return what a channel is called in the journal; raises ChannelNotFound."""
    if channel.whose is not ChannelScope.USER:
        return channel
    if user_id is None:
        raise ChannelNotFound(f"{channel} is a user's own")
    return own_channel(channel, user_id=user_id)
