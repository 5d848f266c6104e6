"""Remind of API keys that are to be rotated, or that end."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.secrets.context import KeyContext
from application.shared.asker import Asker
from domain.secrets.api_key import REMIND_BEFORE, ApiKey
from ports.api_keys import API_KEYS, KEY_REMINDERS
from ports.storage import StorageUnavailable
from ports.time import Sleeper
from ports.work import AtMost, Work

EVERY_S = 300.0
_PAGE = 100
_ACTOR = "system:reminders"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindOfKeys:
    """Tell once of each due date, a week ahead, by a notice and an audit entry."""

    context: KeyContext
    sleeper: Sleeper

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            # The database's own component says that it is away; what is due stays due.
            with suppress(StorageUnavailable):
                await self.round()
            await self.sleeper.sleep(EVERY_S)

    async def round(self) -> int:
        """Remind of everything that is due soon, and return of how many keys."""
        context = self.context
        now = context.changes.clock.now()
        done = 0
        after: UUID | None = None
        due_soon = {"due_at": AtMost(now + REMIND_BEFORE)}
        while page := await context.changes.works.everywhere(
            API_KEYS, limit=_PAGE, after=after, where=due_soon
        ):
            for key in page:
                done += key.needs_reminder(now) and await self._remind(key, at=now)
            after = page[-1].id
        return done

    async def _remind(self, key: ApiKey, *, at: datetime) -> bool:
        """Tell of a key that is due, unless another process was first."""
        context = self.context
        asker = Asker(tenant_id=key.tenant_id, actor=_ACTOR)
        due = "expiry" if key.due_at == key.expires_at else "rotation"

        async def remind(work: Work) -> bool:
            reminders = work.records(KEY_REMINDERS)
            before = await reminders.get(key.id)
            if before is None or before.reminded_at != key.reminded_at:
                return False
            if not await reminders.update(replace(before, reminded_at=at), seen=key.version):
                return False
            await context.tell(work, key, what="remind", asker=asker, at=at, due=due)
            return True

        return await context.changes.run(remind, tenant_id=key.tenant_id)
