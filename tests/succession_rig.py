"""Put a succession on memory: an owner, trustees, a clock that only moves when told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualClock, ManualSleeper
from application.kill_switch.activate import Activate
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.deps import KillContext
from application.kill_switch.lift import LiftLatches
from application.shared.asker import Asker
from application.shared.change import Changes
from application.succession.acts import SuccessionActs
from application.succession.answer_link import SuccessionLinks
from application.succession.context import CLOCKS, LINKS, SuccessionContext
from application.succession.dry_run import DryRun
from application.succession.facade import SuccessionUseCases
from application.succession.keep_plan import KeepPlan, PlanFields
from application.succession.look import LookAtSuccession
from application.succession.run_clock import RunClock
from application.succession.settle import SettleTrading
from bootstrap.storage import over_memory
from domain.identity.access import Role
from domain.identity.login_features import LoginFeatures, LoginRecord
from domain.identity.member import Member, MemberKind
from domain.identity.notice import UserNotice
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope
from domain.succession.plan import SuccessionPlan, SuccessionState, Trading
from domain.succession.stored_plan import AccountAccess, SuccessionClock
from ports.succession import StepMessages

START = datetime(2026, 1, 1, tzinfo=UTC)
TENANT = UUID(int=1)
OWNER = UUID(int=10)
TRUSTEES = (UUID(int=11), UUID(int=12), UUID(int=13))
PLAN = SuccessionPlan(
    trustees=tuple(map(str, TRUSTEES)),
    confirmations_needed=2,
    check_in_days=4,
    remind_days=2,
    contact_days=2,
    grace_days=2,
)
DAY = timedelta(days=1)


class Crash(Exception):
    """The process dies here."""


@dataclass(frozen=True, slots=True)
class NoticeRecorder:
    """A notice that is kept has reached its owner: there is no other channel here."""

    database: MemoryDatabase

    async def reached(
        self, *, tenant_id: UUID, notice_ids: Sequence[UUID], owners: frozenset[UUID]
    ) -> bool:
        """Tell whether all are there, the tenant's, and its owners'."""
        kept = [self.database.user_notices.get(one) for one in notice_ids]
        return bool(kept) and all(
            one is not None and one.tenant_id == tenant_id and one.user_id in owners for one in kept
        )


class SuccessionRig:
    """One tenant; a restart leaves what is stored and nothing else."""

    def __init__(self, *, tick_s: float = 21_600.0, messages: StepMessages | None = None) -> None:
        self.tick_s, self.messages = tick_s, messages
        self.clock = ManualClock(START)
        self.database = MemoryDatabase()
        self.ids = SeededIds(clock=self.clock, seed=1)
        self.chance = SeededRandomness(1)
        # Uses of storage until the process dies; below zero it lives.
        self.dies_after = -1
        # What somebody else does meanwhile, after so many uses of storage.
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        self._member(OWNER, Role.OWNER)
        for trustee in TRUSTEES:
            self._member(trustee, Role.TRUSTEE)
        self.restart()

    def _member(self, user_id: UUID, role: Role) -> None:
        self.database.members[user_id] = Member(
            id=user_id,
            tenant_id=TENANT,
            kind=MemberKind.PERSON,
            role=role,
            name=f"{role.value} {user_id.int}",
            created_at=START,
        )

    async def _pause(self) -> None:
        if self.dies_after == 0:
            raise Crash
        self.dies_after -= 1
        if self.meanwhile is not None:
            left, do = self.meanwhile
            self.meanwhile = (left - 1, do) if left else None
            if not left:
                do()

    def restart(self) -> None:
        """Begin a new process over what is stored."""
        self.dies_after = -1
        self.use, self.ticker = self.process()

    def process(self) -> tuple[SuccessionUseCases, RunClock]:
        """Build what a process does."""
        link = MemoryLink(self.database, pause=self._pause)
        storage = over_memory(link, clock=self.clock, ids=self.ids)
        sleeper = ManualSleeper(self.clock)
        changes = Changes(works=storage.works, clock=self.clock, ids=self.ids)
        kill = KillContext(
            latches=storage.latches,
            barrier=storage.barrier,
            clock=self.clock,
            market_clock=self.clock,
            ids=self.ids,
            wake=lambda: None,
        )
        hasher = QuickHasher(randomness=self.chance, sleeper=sleeper)
        passcode = CheckPasscode(
            passcodes=storage.passcodes, hasher=hasher, clock=self.clock, ids=self.ids
        )
        self.activate = Activate(context=kill, passcode=passcode)
        context = SuccessionContext(changes=changes, members=storage.members)
        settle = SettleTrading(
            context=context,
            halt=self.activate.halt_by_succession,
            lift=LiftLatches(context=kill),
        )
        acts = SuccessionActs(context=context, settle=settle)
        use = SuccessionUseCases(
            plans=KeepPlan(context=context, settle=settle, directory=storage.directory),
            acts=acts,
            look=LookAtSuccession(context=context),
            dry_run=DryRun(context=context),
            links=SuccessionLinks(acts=acts, randomness=self.chance),
        )
        ticker = RunClock(
            context=context,
            settle=settle,
            messages=self.messages or NoticeRecorder(self.database),
            identity=storage.identity,
            sleeper=sleeper,
            on_failure=self._failed,
            tick_s=self.tick_s,
        )
        return use, ticker

    def _failed(self, _tenant_id: UUID, problem: Exception) -> None:
        raise problem

    def by(self, user_id: UUID = OWNER) -> Asker:
        """Name who asks."""
        return Asker(tenant_id=TENANT, actor=f"user:{user_id}")

    async def plan(
        self, plan: SuccessionPlan = PLAN, *, access: tuple[AccountAccess, ...] = ()
    ) -> None:
        """Write a plan as the owner."""
        await self.use.plans.put(PlanFields(plan=plan, access=access), by=self.by())

    async def run(self, lasts: timedelta) -> None:
        """Let the system run so long, tick by tick."""
        await self.ticker.tick()
        for _ in range(round(lasts.total_seconds() / self.tick_s)):
            self.clock.advance(self.tick_s)
            await self.ticker.tick()

    def log_in(self, *, learned: bool = True, user_id: UUID = OWNER) -> None:
        """Store what a log-in leaves."""
        login_id = self.ids.new()
        self.database.logins[login_id] = LoginRecord(
            id=login_id,
            tenant_id=TENANT,
            user_id=user_id,
            at=self.clock.now(),
            network="192.0.2.0/24",
            place=None,
            device_id=None,
            features=LoginFeatures(hour=1.0),
            learned=learned,
        )

    @property
    def stored(self) -> SuccessionClock:
        """The clock as it is stored."""
        clock: SuccessionClock = next(iter(self.database.records[CLOCKS.table].values()))
        return clock

    @property
    def state(self) -> SuccessionState:
        """The state as it is stored."""
        return self.stored.state

    def is_in(self, state: SuccessionState) -> bool:
        """Tell whether this state is stored now."""
        return self.state is state

    @property
    def trading(self) -> Trading:
        """What succession's own latches leave."""
        levels = [one.level for one in self.latches() if one.cause is LatchCause.SUCCESSION]
        if not levels:
            return Trading.ACTIVE
        return Trading.HALTED if Level.HALTED in levels else Trading.REDUCING

    def latches(self) -> list[Latch]:
        """Every engaged latch."""
        return [one for one in self.database.latches.values() if one.is_engaged]

    async def halt_by_person(self) -> None:
        """Engage a latch that is none of succession's."""
        await self.activate.engage(
            scope=Scope(tenant_id=TENANT), cause=LatchCause.PERSON, reason="test", actor="user"
        )

    def told(self, user_id: UUID) -> list[UserNotice]:
        """What a user was told, oldest first."""
        notices = sorted(self.database.user_notices.values(), key=lambda one: one.id)
        return [one for one in notices if one.user_id == user_id]

    async def mailed(self, user_id: UUID) -> str:
        """Return the token in the newest link that was mailed to somebody."""
        detail = [dict(one.detail) for one in self.told(user_id)]
        link = [one["link"] for one in detail if "link" in one][-1]
        path = await self.use.links.path(tenant_id=TENANT, user_id=user_id, link=link)
        assert path is not None
        return path.removeprefix("/succession/answer/")

    @property
    def links(self) -> list[object]:
        """The links as they are stored."""
        return list(self.database.records.get(LINKS.table, {}).values())
