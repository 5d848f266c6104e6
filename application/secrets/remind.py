"""Remind of API keys that are to be rotated, or that end."""

from contextlib import suppress
from dataclasses import dataclass

from application.secrets.commands import KeyAsker
from application.secrets.desk import KeyDesk
from domain.secrets.api_key import REMIND_BEFORE
from ports.storage import StorageUnavailable
from ports.time import Sleeper

EVERY_S = 300.0
_PAGE = 100
_ACTOR = "system:reminders"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindOfKeys:
    """Tell once of each due date, a week ahead, by a notice and an audit entry."""

    desk: KeyDesk
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
        desk = self.desk
        now = desk.clock.now()
        done = 0
        while True:
            due = await desk.keys.to_remind(before=now + REMIND_BEFORE, limit=_PAGE)
            told = 0
            for key in due:
                asker = KeyAsker(tenant_id=key.tenant_id, actor=_ACTOR)
                expires = "expiry" if key.due_at == key.expires_at else "rotation"
                told += await desk.keys.reminded(
                    key,
                    at=now,
                    told=desk.told(key, what="remind", asker=asker, at=now, due=expires),
                )
            done += told
            if len(due) < _PAGE or not told:
                return done
