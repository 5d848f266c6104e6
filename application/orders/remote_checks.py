"""Compare books with the broker for a process that does not speak to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from domain.accounts.account import Account
from ports.accounts import AccountDirectory
from ports.book_checks import AskedCheck, BookChecks, CheckAnswer
from ports.ids import Ids
from ports.storage import StorageUnavailable
from ports.streams import Wakeup
from ports.time import Clock, Sleeper

# A broker call is given up after 12 s, and a comparison makes a few.
TIMEOUT_S = 15.0
LOOK_EVERY_S = 0.025
ANSWER_EVERY_S = 0.25
AT_ONCE = 100

Check = Callable[[Account], Awaitable[str | None]]


def every(_broker: str) -> bool:
    """Take every broker's work for one's own."""
    return True


LookAtOne = Callable[[UUID, UUID], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForChecks:
    """Have the processes that speak to the brokers compare accounts."""

    checks: BookChecks
    ids: Ids
    clock: Clock
    sleeper: Sleeper
    # Hints to whoever answers that something was asked.
    wake: Callable[[], None]

    async def __call__(self, accounts: Sequence[Account]) -> str | None:
        """Return what disagrees, None when nothing does; no answer in time is a problem."""
        asked = [AskedCheck(self.ids.new(), one.tenant_id, one.id) for one in accounts]
        await asyncio.gather(*(self.checks.ask(check) for check in asked))
        self.wake()
        give_up_at = self.clock.monotonic() + TIMEOUT_S
        for check in asked:
            answer = await self.checks.answered(id=check.id)
            while answer is None:
                if self.clock.monotonic() >= give_up_at:
                    return f"account {check.account_id}: nobody compared it with the broker in time"
                await self.sleeper.sleep(LOOK_EVERY_S)
                answer = await self.checks.answered(id=check.id)
            if answer.problem is not None:
                return f"account {check.account_id}: {answer.problem}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChecks:
    """Compare what other processes ask to have compared."""

    directory: AccountDirectory
    checks: BookChecks
    # Compares one account with its broker now and returns what disagrees.
    check: Check
    # Says what the broker has of one order now, written down.
    look: LookAtOne
    wakeup: Wakeup
    # Whether it is ours to compare accounts at a broker; an account that is not there is at none.
    mine: Callable[[str], bool] = every
    # What is being answered.
    _in_hand: set[UUID] = field(default_factory=set, init=False)

    async def __call__(self) -> None:
        """Run until cancelled; a broker that does not answer holds up no other's answers."""
        # What was begun in an earlier run was cancelled with it.
        self._in_hand.clear()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    # Who asked gives up by itself, and then nothing is released.
                    with suppress(StorageUnavailable):
                        await self._begin(group)
                    await self.wakeup.wait(timeout_s=ANSWER_EVERY_S)
        except ExceptionGroup as met:
            raise met.exceptions[0] from met

    async def round(self) -> None:
        """Answer all that is asked now, and return when it is done."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        by_broker: dict[str, list[tuple[AskedCheck, Account | None]]] = {}
        for asked in await self.checks.asked(within_s=TIMEOUT_S, limit=AT_ONCE):
            if asked.id not in self._in_hand:
                account = await self.directory.find(
                    tenant_id=asked.tenant_id, account_id=asked.account_id
                )
                of = account.broker if account is not None else ""
                if self.mine(of):
                    by_broker.setdefault(of, []).append((asked, account))
        for several in by_broker.values():
            self._in_hand.update(asked.id for asked, _ in several)
            group.create_task(self._answer(several))

    async def _answer(self, several: Sequence[tuple[AskedCheck, Account | None]]) -> None:
        """Answer what is asked of one broker, side by side: its own guard paces them."""
        try:
            with suppress(StorageUnavailable):
                await self._answer_each(several)
        finally:
            self._in_hand.difference_update(asked.id for asked, _ in several)

    async def _answer_each(self, several: Sequence[tuple[AskedCheck, Account | None]]) -> None:
        await asyncio.gather(*(self._answer_one(asked, account) for asked, account in several))

    async def _answer_one(self, asked: AskedCheck, account: Account | None) -> None:
        problem: str | None
        if asked.order_id is not None:
            problem = await self.look(asked.tenant_id, asked.order_id)
        elif account is None:
            problem = "there is no such account"
        else:
            problem = await self._compare(account)
        await self.checks.answer(id=asked.id, answer=CheckAnswer(problem))

    async def _compare(self, account: Account) -> str | None:
        try:
            return await self.check(account)
        except StorageUnavailable:
            raise
        # Whatever it was: books that could not be compared do not agree.
        except Exception as problem:  # noqa: BLE001
            return f"it could not be compared: {problem}"
