"""Keep where people are reached, once a code has shown that they are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from application.notifications.context import (
    ADDRESSES,
    IN_USE,
    PENDING,
    NotifyContext,
    row_of,
)
from application.shared.asker import Asker
from application.shared.sealing import seal_and_store
from domain.identity.notice import Priority
from domain.notifications.address import (
    CODE_BYTES,
    ChannelAddress,
    CodeCheck,
    code_of,
    shown_address,
)
from domain.notifications.message import Channel, Message, NotificationType
from domain.shared.refusals import Absent, Conflicting
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sender, Sent
from ports.randomness import Randomness
from ports.secrets import SealedRow
from ports.transactions import Conflict
from ports.work import Work

_LISTED_MAX = len(Channel)
ADDRESS_LENGTH_MAX = 2_000


class ChannelNotFound(Absent):
    """There is no such channel, or it is another person's."""


class ChannelUnavailable(Conflicting):
    """The installation cannot reach anybody that way, or there is no confirmed address."""

    slug = "channel-unavailable"
    title = "Channel unavailable"
    meaning = "The channel is not set up in this installation, or its address is not confirmed."


class CodesSpent(Conflicting):
    """Another code may be sent only later, or none can be given any more."""

    slug = "codes-spent"
    title = "No code"
    meaning = "The code was used, lapsed or guessed at too often, or codes were asked for too fast."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswer:
    """What a provider answered to a message that was sent at once."""

    kept: ChannelAddress
    answer: Sent | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepChannels:
    """A person's own addresses: one a channel, sealed, and used once they are confirmed."""

    context: NotifyContext
    randomness: Randomness

    async def list(self, *, by: Asker) -> Sequence[ChannelAddress]:
        """Return them."""
        async with self.context.changes.works.look(by.tenant_id) as look:
            return await look.records(ADDRESSES).list(
                limit=_LISTED_MAX, where={"user_id": by.user_id}
            )

    async def ask(self, channel: Channel, *, address: str, by: Asker) -> ProviderAnswer:
        """Keep an address and send a code to it; a confirmed one stays in use until then.

        Raises InvalidValue, ChannelUnavailable, CodesSpent.
        """
        sender = self._sender(channel)
        if not 1 <= len(address) <= ADDRESS_LENGTH_MAX:
            problem = f"must be 1 to {ADDRESS_LENGTH_MAX} characters"
            raise InvalidValue(field="address", problem=problem)
        sender.check(address)
        code = code_of(self.randomness.token(CODE_BYTES))
        before = await self._of(channel, by=by)
        blank = ChannelAddress(
            id=self.context.changes.ids.new() if before is None else before.id,
            tenant_id=by.tenant_id,
            user_id=_user(by),
            channel=channel,
            version=0,
        )
        kept = await seal_and_store(
            self.context.vault,
            address.encode(),
            row=row_of(blank, column=PENDING),
            store=partial(self._store_asked, blank=blank, address=address, code=code, by=by),
        )
        message = self._message(
            subject=f"Your Ballast code: {code}",
            text=(
                f"Enter this code to be told by Ballast on {channel.value}: {code}\n\n"
                "It holds for 15 minutes. If you did not ask for it, ignore this message."
            ),
        )
        return ProviderAnswer(
            kept=kept, answer=await self.context.send(channel, message, address=address)
        )

    async def confirm(self, channel: Channel, *, code: str, by: Asker) -> ChannelAddress:
        """Take the pending address into use if the code is right.

        Raises InvalidValue for a wrong code, CodesSpent, ChannelNotFound.
        """
        found = await self._of(channel, by=by)
        if found is None:
            raise ChannelNotFound(f"no address for {channel.value}")
        if await self._guess(found, code=code, by=by) is CodeCheck.WRONG:
            raise InvalidValue(field="code", problem="is not the code that was sent last")
        address = await self.context.address(found, column=PENDING)
        if isinstance(address, NotSent):
            raise ChannelUnavailable(address.reason)
        return await seal_and_store(
            self.context.vault,
            address.encode(),
            row=row_of(found, column=IN_USE),
            store=partial(self._store_confirmed, id=found.id, code=code, by=by),
        )

    async def remove(self, channel: Channel, *, by: Asker) -> None:
        """Forget the address of a channel; raises ChannelNotFound."""

        async def remove(work: Work) -> None:
            found = await _of(work, channel=channel, by=by)
            if found is None:
                raise ChannelNotFound(f"no address for {channel.value}")
            if not await work.records(ADDRESSES).remove(found.id, version=found.version):
                raise Conflict(f"channel {found.id} changed meanwhile")
            for column in (IN_USE, PENDING):
                await work.erase(row_of(found, column=column))
            await self._record(work, "removed", found, by=by)

        await self.context.changes.run(remove, tenant_id=by.tenant_id)

    async def test(self, id: UUID, *, by: Asker) -> ProviderAnswer:
        """Send a message to a confirmed address at once, and return what was answered.

        Raises ChannelNotFound, ChannelUnavailable.
        """
        async with self.context.changes.works.look(by.tenant_id) as look:
            found = await look.records(ADDRESSES).get(id)
        if found is None or found.user_id != by.user_id:
            raise ChannelNotFound(f"no channel {id}")
        self._sender(found.channel)
        if found.confirmed_at is None:
            raise ChannelUnavailable("the address is not confirmed yet: enter its code first")
        address = await self.context.address(found)
        if isinstance(address, NotSent):
            raise ChannelUnavailable(address.reason)
        message = self._message(
            subject="Ballast test message",
            text="You asked for this test. Ballast reaches you here.",
        )

        async def record(work: Work) -> None:
            await self._record(work, "tested", found, by=by)

        await self.context.changes.run(record, tenant_id=by.tenant_id)
        answer = await self.context.send(found.channel, message, address=address)
        return ProviderAnswer(kept=found, answer=answer)

    async def _store_asked(
        self, sealed: SealedRow, *, blank: ChannelAddress, address: str, code: str, by: Asker
    ) -> ChannelAddress:
        now = self.context.changes.clock.now()

        async def store(work: Work) -> ChannelAddress:
            found = await _of(work, channel=blank.channel, by=by)
            if found is not None and found.id != blank.id:
                raise Conflict(f"the address of {blank.channel.value} was set meanwhile")
            before = found or blank
            if not before.may_send(now):
                raise CodesSpent("a code was sent a moment ago, or too many today: wait")
            shown = shown_address(blank.channel, address)
            after = before.asked(shown=shown, code=code, now=now)
            records = work.records(ADDRESSES)
            if found is None:
                await records.add(after)
            elif not await records.update(after):
                raise Conflict(f"channel {after.id} changed meanwhile")
            await work.seal(sealed)
            await self._record(work, "asked", after, by=by)
            return after

        return await self.context.changes.run(store, tenant_id=by.tenant_id)

    async def _guess(self, seen: ChannelAddress, *, code: str, by: Asker) -> CodeCheck:
        """Check a code, and count a wrong one before it is said to be wrong."""

        async def guess(work: Work) -> CodeCheck:
            found = await work.records(ADDRESSES).get(seen.id)
            if found is None:
                raise ChannelNotFound(f"no address for {seen.channel.value}")
            said = found.check(code, now=self.context.changes.clock.now())
            if said is CodeCheck.OVER:
                raise CodesSpent("the code was used, lapsed or guessed at too often: ask for one")
            if said is CodeCheck.WRONG:
                await work.records(ADDRESSES).update(found.guessed())
                await self._record(work, "code_refused", found, by=by)
            return said

        return await self.context.changes.run(guess, tenant_id=by.tenant_id)

    async def _store_confirmed(
        self, sealed: SealedRow, *, id: UUID, code: str, by: Asker
    ) -> ChannelAddress:
        now = self.context.changes.clock.now()

        async def store(work: Work) -> ChannelAddress:
            found = await work.records(ADDRESSES).get(id)
            # Another address was given, or the code used, since it was looked at.
            if found is None or found.check(code, now=now) is not CodeCheck.RIGHT:
                raise CodesSpent("the code was used meanwhile, or another one was asked for")
            after = found.confirmed(now)
            if not await work.records(ADDRESSES).update(after):
                raise Conflict(f"channel {id} changed meanwhile")
            await work.seal(sealed)
            await work.erase(row_of(found, column=PENDING))
            await self._record(work, "confirmed", after, by=by)
            return after

        return await self.context.changes.run(store, tenant_id=by.tenant_id)

    def _sender(self, channel: Channel) -> Sender:
        sender = self.context.senders.get(channel)
        if sender is None:
            raise ChannelUnavailable(f"{channel.value} is not set up in this installation")
        return sender

    async def _of(self, channel: Channel, *, by: Asker) -> ChannelAddress | None:
        async with self.context.changes.works.look(by.tenant_id) as look:
            where = {"user_id": by.user_id, "channel": channel}
            return next(iter(await look.records(ADDRESSES).list(limit=1, where=where)), None)

    async def _record(self, work: Work, what: str, one: ChannelAddress, *, by: Asker) -> None:
        detail = {"channel": one.channel.value, "address": one.shown, "pending": one.pending}
        await self.context.record(
            work, f"notification_channel.{what}", subject=one.id, by=by, detail=detail
        )

    def _message(self, *, subject: str, text: str) -> Message:
        return Message(
            id=self.context.changes.ids.new(),
            type=NotificationType.SECURITY,
            priority=Priority.HIGH,
            at=self.context.changes.clock.now(),
            subject=subject,
            text=text,
        )


async def _of(work: Work, *, channel: Channel, by: Asker) -> ChannelAddress | None:
    where = {"user_id": by.user_id, "channel": channel}
    return next(iter(await work.records(ADDRESSES).list(limit=1, where=where)), None)


def _user(by: Asker) -> UUID:
    assert by.user_id is not None
    return by.user_id
