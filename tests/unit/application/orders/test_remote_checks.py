"""A process without a broker has its books compared, and believes nothing else."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.memory.book_checks import MemoryBookChecks
from adapters.memory.database import MemoryDatabase
from adapters.memory.ids import SeededIds
from adapters.memory.streams import MemoryWakeup
from adapters.memory.time import ManualClock, ManualSleeper
from application.orders import remote_checks
from application.orders.remote_checks import TIMEOUT_S, AnswerChecks, AskForChecks
from domain.accounts.account import Account
from tests.contracts.storage import Storage, memory_storage


@dataclass(slots=True)
class Context:
    """Who asks and who answers, over one storage."""

    storage: Storage = field(default_factory=lambda: memory_storage(MemoryDatabase()))
    clock: ManualClock = field(
        default_factory=lambda: ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    )
    problems: dict[str, str | Exception] = field(default_factory=dict)
    wakeup: MemoryWakeup = field(default_factory=MemoryWakeup)
    checks: MemoryBookChecks = field(init=False)

    def __post_init__(self) -> None:
        self.checks = MemoryBookChecks(clock=self.clock)

    def ask(self) -> AskForChecks:
        return AskForChecks(
            checks=self.checks,
            ids=SeededIds(clock=self.clock, seed=1),
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
            wake=self.wakeup.set,
        )

    def answer(self) -> AnswerChecks:
        async def check(account: Account) -> str | None:
            problem = self.problems.get(str(account.id))
            if isinstance(problem, Exception):
                raise problem
            return problem

        async def look(tenant_id: UUID, order_id: UUID) -> str:
            del tenant_id
            return f"looked at {order_id}"

        return AnswerChecks(
            directory=self.storage.directory,
            checks=self.checks,
            check=check,
            look=look,
            wakeup=self.wakeup,
        )

    async def answered(self, asking: "asyncio.Task[str | None]") -> str | None:
        """Let who asks look again and again, for less than it waits for."""
        for _ in range(50):
            self.clock.advance(0.1)
            for _ in range(8):
                await asyncio.sleep(0)
        assert asking.done()
        return await asking

    async def asked(self, account: Account, *, answered: bool = True) -> str | None:
        asking = asyncio.create_task(self.ask()([account]))
        for _ in range(int(TIMEOUT_S / 0.1) + 5):
            for _ in range(8):
                await asyncio.sleep(0)
            if answered:
                await self.answer().round()
            if asking.done():
                break
            self.clock.advance(0.1)
        return await asking


async def test_books_that_agree_have_no_problem() -> None:
    context = Context()
    account = (await context.storage.opened()).account
    assert await context.asked(account) is None


async def test_what_disagrees_is_told_with_its_account() -> None:
    context = Context()
    account = (await context.storage.opened()).account
    context.problems[str(account.id)] = "IBM: 3 here, 4 there"
    assert await context.asked(account) == f"account {account.id}: IBM: 3 here, 4 there"


async def test_a_comparison_that_fails_is_a_problem() -> None:
    context = Context()
    account = (await context.storage.opened()).account
    context.problems[str(account.id)] = RuntimeError("no broker")
    told = await context.asked(account)
    assert told is not None
    assert "could not be compared" in told


async def test_no_answer_in_time_is_a_problem() -> None:
    context = Context()
    account = (await context.storage.opened()).account
    told = await context.asked(account, answered=False)
    assert told is not None
    assert "in time" in told


async def test_a_whole_tenant_is_asked_for_account_by_account() -> None:
    context = Context()
    home = await context.storage.home()
    first = (await context.storage.opened(within=home)).account
    second = (await context.storage.opened(within=home)).account
    context.problems[str(second.id)] = "differs"
    asking = asyncio.create_task(context.ask()([first, second]))
    while not asking.done():
        await asyncio.sleep(0)
        await context.answer().round()
        context.clock.advance(0.1)
    assert await asking == f"account {second.id}: differs"
    assert first.id != second.id


async def test_who_answers_does_not_wait_for_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_checks, "ANSWER_EVERY_S", 3600.0)
    context = Context()
    account = (await context.storage.opened()).account
    answering = asyncio.create_task(context.answer()())
    await asyncio.sleep(0)
    assert await context.asked(account, answered=False) is None
    answering.cancel()


async def test_a_broker_that_does_not_answer_holds_up_no_other_s_comparison() -> None:
    context = Context()
    frozen = (await context.storage.opened()).account
    other = (await context.storage.opened(broker="second")).account
    let_go = asyncio.Event()

    async def check(account: Account) -> str | None:
        if account.broker != "second":
            await let_go.wait()
        return f"{account.broker} was asked"

    answering = asyncio.create_task(replace(context.answer(), check=check)())
    slow = asyncio.create_task(context.ask()([frozen]))
    await asyncio.sleep(0)
    asking = replace(context.ask(), ids=SeededIds(clock=context.clock, seed=2))
    quick = asyncio.create_task(asking([other]))
    assert await context.answered(quick) == f"account {other.id}: second was asked"
    assert not slow.done()
    let_go.set()
    assert await context.answered(slow) == f"account {frozen.id}: paper was asked"
    answering.cancel()
