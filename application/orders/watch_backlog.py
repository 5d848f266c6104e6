"""Look at what waits to be sent, twice a second, and tell of what waits for long."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.accounts.book_store import AccountNotFound, TooContended
from application.orders.backlog import Backlog
from application.orders.deps import OrderContext
from domain.accounts.book import AccountBook, Channel
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.shared.texts import id_text
from ports.orders import OrderWork, Unsent
from ports.storage import StorageUnavailable
from ports.time import Sleeper

LOOK_EVERY_S = 0.5
# An account is told of when its oldest order has waited for so long, and again while it lasts.
TELL_AFTER_S = 1.0
TELL_EVERY_S = 5.0


def _never() -> bool:
    return False


def _unheard(_: Backlog) -> None:
    return


def _always_open() -> None:
    return None


@dataclass(slots=True, kw_only=True)
class WatchBacklog:
    """Keep the backlog up to date; the one process that sends also tells the accounts' readers.

    On the account's risk channel: dispatch.behind with how many orders wait and for how long the
    oldest has, repeated while it lasts, and dispatch.caught_up.
    """

    context: OrderContext
    work: OrderWork
    backlog: Backlog
    sleeper: Sleeper
    # Whether this process tells; set before the start where it is the one that sends.
    tells: Callable[[], bool] = _never
    on_look: Callable[[Backlog], None] = _unheard
    # When the market opened: what came in before at its price waits for it, and not for us.
    opened_at: Callable[[], datetime | None] = _always_open
    # When each account that is behind was told of.
    _told: dict[UUID, float] = field(default_factory=dict)
    _behind: dict[UUID, Unsent] = field(default_factory=dict)

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            # The database's own component says that it is away.
            with suppress(StorageUnavailable):
                await self.round()
            await self.sleeper.sleep(LOOK_EVERY_S)

    async def round(self) -> None:
        """Look once, and tell of what has changed."""
        found = await self.work.unsent(seen=self.backlog.seen, opened_at=self.opened_at())
        self.backlog.opened_at = self.opened_at()
        self.backlog.look(found, now_s=self.context.clock.monotonic())
        self.on_look(self.backlog)
        if self.tells():
            await self._tell()
        else:
            self._told.clear()
            self._behind.clear()

    async def _tell(self) -> None:
        now, now_s = self.context.clock.now(), self.context.clock.monotonic()
        for one in self.backlog.accounts.values():
            age_s = (now - one.oldest_at).total_seconds()
            told_s = self._told.get(one.account_id)
            due = told_s is None or now_s >= told_s + TELL_EVERY_S
            if age_s >= TELL_AFTER_S and due:
                body = {"orders": str(one.orders), "oldest_s": f"{age_s:.1f}"}
                await self._say(one, type="dispatch.behind", body=body)
                self._told[one.account_id] = now_s
                self._behind[one.account_id] = one
        for account_id in [one for one in self._told if one not in self.backlog.accounts]:
            one = self._behind[account_id]
            await self._say(one, type="dispatch.caught_up", body={"orders": "0", "oldest_s": "0.0"})
            del self._told[account_id], self._behind[account_id]

    async def _say(self, one: Unsent, *, type: str, body: dict[str, str]) -> None:
        context = self.context

        def told(book: AccountBook) -> BookChange:
            draft = Draft(book=book, when=context.when(), new_id=context.new_id)
            draft.tell(Channel.RISK, type=type, subject=id_text(one.account_id), body=body)
            return draft.done()

        with suppress(AccountNotFound, TooContended):
            await context.book_store.change(
                tenant_id=one.tenant_id, account_id=one.account_id, decide=told
            )
            context.wake()
