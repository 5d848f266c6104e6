"""Name what the use cases of notifications share: their records, and what they are given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes
from domain.audit.entry import AuditEntry
from domain.identity.member import Member, MemberKind
from domain.identity.notice import Priority
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel, Message
from domain.notifications.notification import Delivery, Escalation, Notification
from domain.notifications.preference import Preference
from domain.secrets.address import RowAddress
from domain.shared.notices import Notice, own_channel
from ports.access import Members
from ports.identity_scope import IdentityScope
from ports.ids import Ids
from ports.notifications import NotSent, Sender, Sent
from ports.secrets import (
    KeysUnavailable,
    SealedStore,
    SecretsSealed,
    SecretUnreadable,
    SecretVault,
)
from ports.time import Sleeper
from ports.transactions import Transactions
from ports.work import Kind, Work

# Who has the stream; each person has one of their own.
CHANNEL = "notifications"
NOTIFICATIONS = Kind(
    "notifications",
    Notification,
    find_by=(
        *("id", "user_id", "incident", "dedupe_key", "type", "priority"),
        *("shown", "read_at", "acknowledged_at", "deleted_at"),
    ),
)
DELIVERIES = Kind(
    "notification_deliveries",
    Delivery,
    find_by=(
        *("notification_id", "user_id", "channel", "state", "priority", "due_at", "hour"),
        *("digest", "attempts"),
    ),
)
ESCALATIONS = Kind("notification_escalations", Escalation, find_by=("next_at",))
PREFERENCES = Kind("notification_preferences", Preference, find_by=("user_id", "type", "channel"))
ADDRESSES = Kind("notification_channels", ChannelAddress, find_by=("user_id", "channel"))
# Longer than a sender waits by itself.
SEND_S = 30.0
# In which columns an address is sealed: the one in use, and the one that is to be confirmed.
IN_USE, PENDING = "address", "pending_address"


async def _as_it_is(_address: ChannelAddress, link: str) -> str:
    return link


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyContext:
    """Where notifications are kept, who is told, and by what; a channel may have no sender."""

    changes: Changes
    identity: Transactions[IdentityScope]
    members: Members
    senders: Mapping[Channel, Sender]
    vault: SecretVault
    sealed: SealedStore
    sleeper: Sleeper
    on_failure: Callable[[Channel, Exception], None]
    # Told the id and the fault of a stored record that cannot be read, or of whose it is, each
    # time that it is come upon.
    on_unreadable: Callable[[UUID, str], None] = lambda *_: None
    # Makes of a link in a message to somebody one that is theirs alone, or none.
    personal_link: Callable[[ChannelAddress, str], Awaitable[str]] = _as_it_is

    async def people(self, tenant_id: UUID) -> Mapping[UUID, Member]:
        """Return the people of a tenant who are not shut out."""
        return {
            one.id: one
            for one in await self.members.list(tenant_id=tenant_id)
            if one.kind is MemberKind.PERSON and one.disabled_at is None
        }

    async def address(self, kept: ChannelAddress, *, column: str = IN_USE) -> str | NotSent:
        """Open an address; why it cannot be where it cannot."""
        row = row_of(kept, column=column)
        try:
            sealed = await self.sealed.get(row)
            if sealed is None:
                return NotSent(reason="the address is gone", again=False)
            return (await self.vault.open(sealed, row=row)).decode()
        except (SecretsSealed, KeysUnavailable):
            return NotSent(reason="addresses cannot be opened now: secrets are sealed", again=True)
        except SecretUnreadable:
            return NotSent(reason="the address does not open: give it anew", again=False)

    async def send(self, channel: Channel, message: Message, *, address: str) -> Sent | NotSent:
        """Hand a message to a provider; whatever goes wrong is an answer."""
        try:
            async with asyncio.timeout(SEND_S):
                return await self.senders[channel].send(message, address=address)
        except TimeoutError:
            return NotSent(reason=f"no answer within {SEND_S:g} seconds", again=True)
        # A fault of ours must not keep the others from being told.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(channel, problem)
            return NotSent(reason=f"the sender failed: {type(problem).__name__}", again=True)

    async def record(
        self,
        work: Work,
        what: str,
        *,
        subject: UUID,
        by: Asker,
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write the audit entry of what a person did with what is theirs."""
        await work.audit(
            AuditEntry(
                id=self.changes.ids.new(),
                tenant_id=by.tenant_id,
                actor=by.actor,
                action=what,
                subject=str(subject),
                at=self.changes.clock.now(),
                trace_id=by.trace_id,
                detail=tuple(sorted(detail.items())),
            )
        )


def row_of(kept: ChannelAddress, *, column: str) -> RowAddress:
    """Return where an address is sealed."""
    return RowAddress(
        tenant_id=kept.tenant_id, table=ADDRESSES.table, column=column, row=str(kept.id)
    )


def told(notification: Notification, *, ids: Ids, type: str = "created") -> Notice:
    """Return what goes over a person's stream of a notification: its words stay with it."""
    return Notice(
        id=ids.new(),
        tenant_id=notification.tenant_id,
        account_id=None,
        channel=own_channel(CHANNEL, user_id=notification.user_id),
        sequence=0,
        type=f"notification.{type}",
        subject=str(notification.id),
        at=notification.last_at,
        market_at=None,
        body={
            "type": notification.type.value,
            "priority": notification.priority.value,
            "subject": notification.subject,
        },
    )


def is_loud(priority: Priority) -> bool:
    """Tell whether it must be heard, be it elsewhere than wished for."""
    return priority in (Priority.URGENT, Priority.HIGH)
