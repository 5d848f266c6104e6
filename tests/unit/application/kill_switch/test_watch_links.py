"""A broker that answers nothing for 30 s is stopped once, and released by nobody but a person."""

import asyncio
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.activate import Activate
from application.kill_switch.watch_links import LOST_S, WatchLinks
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope
from ports.storage import StorageUnavailable
from tests.builders import new_id
from tests.rig import Rig
from tests.waiting import eventually


@dataclass(slots=True)
class Link:
    """A broker's link, and a process that watches it."""

    rig: Rig = field(default_factory=Rig)
    stands: bool = True
    answered_s: float | None = None
    failures: list[Exception] = field(default_factory=list)
    watch: WatchLinks = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin as a process that knows nothing of what was."""
        accounts = AccountsAt()
        accounts.note(broker="paper", account_id=self.rig.account_id, tenant_id=self.rig.tenant_id)
        self.watch = WatchLinks(
            answered={"paper": lambda: self.answered_s},
            stands_for=lambda broker: self.stands and broker == "paper",
            accounts=accounts,
            activate=self.rig.activate,
            clock=self.rig.clock,
            sleeper=self.rig.sleeper,
            on_lost=lambda *_: None,
            on_failure=lambda _, problem: self.failures.append(problem),
        )

    async def run(self, seconds: float, *, answers: bool = False, step_s: float = 1.0) -> None:
        for _ in range(round(seconds / step_s)):
            self.rig.clock.advance(step_s)
            if answers:
                self.answered_s = self.rig.clock.monotonic()
            await self.watch.look()

    @property
    def latches(self) -> list[Latch]:
        return list(self.rig.database.latches.values())


async def test_a_link_that_is_lost_for_30_s_lets_only_reductions_through() -> None:
    link = Link()
    await link.run(5, answers=True)
    lost_at = link.rig.clock.now()
    await link.run(LOST_S - 1)
    assert not link.latches
    await link.run(1)
    (latch,) = link.latches
    assert latch.scope == Scope(tenant_id=link.rig.tenant_id, broker="paper")
    assert (latch.cause, latch.level) == (LatchCause.BROKER_LINK, Level.REDUCING)
    assert latch.acknowledged_at is not None
    assert lost_at.isoformat(timespec="seconds") in latch.reason


async def test_a_quiet_venue_that_answers_when_it_is_asked_is_no_lost_link() -> None:
    link = Link()
    for _ in range(10):
        await link.run(LOST_S - 1)
        await link.run(1, answers=True)
    assert not link.latches


async def test_one_that_never_answered_is_lost_too() -> None:
    link = Link()
    await link.run(LOST_S + 1)
    assert len(link.latches) == 1


async def test_it_engages_once_however_long_and_often_and_whoever_looks() -> None:
    link = Link()
    await link.run(100)
    for _ in range(3):
        await link.run(3, answers=True)
        await link.run(LOST_S + 5)
    link.start()
    await link.run(100)
    assert len(link.latches) == 1
    assert link.latches[0].is_engaged


async def test_who_stands_by_stops_nothing_and_who_takes_over_does_at_once() -> None:
    link = Link(stands=False)
    await link.run(100)
    assert not link.latches
    link.stands = True
    await link.run(1)
    assert len(link.latches) == 1


async def test_a_process_that_stood_still_itself_has_lost_no_link() -> None:
    link = Link()
    await link.run(5, answers=True)
    await link.run(600, step_s=600)
    await link.run(5, answers=True)
    assert not link.latches


async def test_a_tenant_that_comes_while_the_link_is_lost_is_stopped_as_well() -> None:
    link = Link()
    await link.run(LOST_S + 2)
    other = UUID(int=77)
    link.watch.accounts.note(broker="paper", account_id=UUID(int=78), tenant_id=other)
    await link.run(1)
    assert {one.scope.tenant_id for one in link.latches} == {link.rig.tenant_id, other}


async def test_released_by_a_person_it_engages_for_the_next_loss_only() -> None:
    link = Link()
    await link.run(LOST_S + 1)
    (latch,) = link.latches
    await link.run(3, answers=True)
    now = link.rig.clock.now()
    link.rig.database.latches[latch.id] = replace(latch, released_at=now, released_by="me")
    await link.run(LOST_S - 1)
    assert [one.is_engaged for one in link.latches] == [False]
    await link.run(2)
    assert [one.is_engaged for one in link.latches] == [False, True]


async def test_it_looks_once_a_second_until_it_is_cancelled() -> None:
    link = Link(answered_s=0.0)
    running = asyncio.ensure_future(link.watch())
    try:
        for _ in range(round(LOST_S) + 2):
            for _turn in range(20):
                await asyncio.sleep(0)
            link.rig.clock.advance(1)
        await eventually(lambda: len(link.latches) == 1)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait({running})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing(Activate):
    """Stops every tenant but one."""

    refused: UUID

    async def halt_by_link(self, *, tenant_id: UUID, broker: str, reason: str) -> None:
        if tenant_id == self.refused:
            raise StorageUnavailable("away")
        await Activate.halt_by_link(self, tenant_id=tenant_id, broker=broker, reason=reason)


async def test_a_tenant_that_cannot_be_stopped_keeps_no_other_from_it() -> None:
    link = Link()
    refused, *others = [UUID(int=number) for number in (1, 2, 3)]
    for tenant_id in (refused, *others):
        link.watch.accounts.note(broker="paper", account_id=new_id(), tenant_id=tenant_id)
    activate = link.rig.activate
    link.watch = replace(
        link.watch,
        activate=Refusing(context=activate.context, passcode=activate.passcode, refused=refused),
    )
    await link.run(LOST_S + 1)
    stopped = {latch.scope.tenant_id for latch in link.latches}
    assert stopped == {*others, link.rig.tenant_id}
    assert link.failures
