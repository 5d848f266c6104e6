"""Keep what a provider answered, and have the next channel serve where one fails."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.notifications.claim import Claim
from application.notifications.context import (
    DELIVERIES,
    NOTIFICATIONS,
    NotifyContext,
    is_loud,
)
from application.notifications.outbox import Outbox
from domain.notifications.backoff import FALL_AFTER, back_off, is_over
from domain.notifications.notification import Delivery, DeliveryState
from ports.notifications import NotSent, Sent
from ports.storage import StorageCorrupt
from ports.work import Work

_REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Store the outcome of a claim: once it says sent, nobody sends it again."""

    context: NotifyContext

    async def __call__(self, claim: Claim, answer: Sent | NotSent) -> None:
        """Store it; raises StorageUnavailable, Conflict."""

        async def settle(work: Work) -> None:
            for held in claim.deliveries:
                found = await work.records(DELIVERIES).get(held.id)
                if found is None or found.state is DeliveryState.SENT:
                    continue
                if isinstance(answer, Sent):
                    await self._sent(work, found, reference=answer.reference)
                elif found.version == held.version:
                    await self._failed(work, found, answer=answer)

        await self.context.changes.run(settle, tenant_id=claim.tenant_id)

    async def _sent(self, work: Work, found: Delivery, *, reference: str) -> None:
        now = self.context.changes.clock.now()
        sent = replace(
            found,
            state=DeliveryState.SENT,
            reason="",
            reference=reference[:_REASON_MAX],
            done_at=now,
            version=found.version + 1,
        )
        await work.records(DELIVERIES).update(sent)

    async def _failed(self, work: Work, found: Delivery, *, answer: NotSent) -> None:
        now = self.context.changes.clock.now()
        over = not answer.again or is_over(found.attempts)
        state = DeliveryState.FAILED if over else DeliveryState.QUEUED
        tried = found.attempts >= FALL_AFTER and is_loud(found.priority)
        falls = (over or tried) and not found.fell
        wait = back_off(found.attempts, asked_s=answer.after_s)
        after = replace(
            found,
            state=state,
            reason=answer.reason.replace("\x00", "")[:_REASON_MAX],
            due_at=now + wait,
            done_at=now if over else None,
            fell=found.fell or falls,
            version=found.version + 1,
        )
        await work.records(DELIVERIES).update(after)
        if falls:
            # The failure itself is kept: it is not tried for ever because of the others.
            try:
                await self._fall(work, after)
            except StorageCorrupt as problem:
                self.context.on_unreadable(after.id, str(problem))

    async def _fall(self, work: Work, failed: Delivery) -> None:
        notification = await work.records(NOTIFICATIONS).get(failed.notification_id)
        if notification is None or notification.deleted_at is not None:
            return
        outbox = await Outbox.of(
            work,
            [failed.user_id],
            leads=self.context.senders,
            ids=self.context.changes.ids,
            now=self.context.changes.clock.now(),
            unreadable=self.context.on_unreadable,
        )
        others: Sequence[Delivery] = await work.records(DELIVERIES).list(
            limit=100, where={"notification_id": notification.id}
        )
        used = {one.channel for one in others if one.round == failed.round and _serves(one)}
        why = f"{failed.channel.value} failed"
        made = outbox.fall(notification, used=used, round=failed.round, why=why)
        await work.records(DELIVERIES).add_many(made)


def _serves(one: Delivery) -> bool:
    """Tell whether a channel was tried or waits; one that was held back may still serve."""
    return one.state is not DeliveryState.SUPPRESSED
