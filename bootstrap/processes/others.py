"""Tell other processes how the parts of this one are, and show how theirs are."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from adapters.telemetry.health import HealthBoard
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Job, Plan, Role, part_of
from ports.health import Component, ComponentState, HealthReports
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

EVERY_S = 1.0
# Who says nothing for so long is gone, or cannot be heard.
SILENT_S = 6.0

# What is missed where nobody has told of it yet.
EXPECTED = {
    Role.MARKET: ("market_feed",),
    Role.DISPATCH: ("dispatcher", "reconciliation"),
    Role.PATTERNS: ("pattern_engine",),
    Role.STRATEGIES: ("strategy_engine",),
}


class OtherProcesses:
    """The parts of one database's processes on each other's boards.

    What another process lacks is shown, and makes none but that one unready. tells: which parts
    each job tells of; of several processes that have a role without a lease the latest counts.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        jobs: Jobs,
        board: HealthBoard,
        reports: HealthReports,
        clock: Clock,
        sleeper: Sleeper,
        tells: Mapping[Job, frozenset[str]],
        expected: Mapping[Role, tuple[str, ...]] | None = None,
        brokers: Sequence[str] = (),
    ) -> None:
        """brokers are those besides the default one."""
        self._tells = tells
        self._plan = plan
        self._jobs = jobs
        self._board = board
        self._reports = reports
        self._clock = clock
        self._sleeper = sleeper
        self._heard_at = clock.monotonic()
        self._shown: set[str] = set()
        for role, names in (expected or EXPECTED).items():
            if role not in plan.roles:
                further = brokers if role is Role.DISPATCH else ()
                for name in (*names, *(part_of(one, two) for two in further for one in names)):
                    board.declare(name, required=False, version="")
                    self._shown.add(name)

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            # The database's own component says that it is away.
            with suppress(StorageUnavailable):
                await self.round()
            await self._sleeper.sleep(EVERY_S)

    async def round(self) -> None:
        """Tell of the jobs that are ours, show the rest."""
        told = [one for one in self._board.components() if one.name in self._ours()]
        if told:
            await self._reports.tell(told)
        own = {one.name for one in self._board.components()} - self._shown
        heard = {one.name: (one, age_s) for one, age_s in await self._reports.hear()}
        for name in sorted((heard.keys() | self._shown) - own):
            self._show(name, heard.get(name))

    def _ours(self) -> set[str]:
        """Return what to tell of: a process that waits for a job tells nothing of it."""
        names: set[str] = set()
        for role, broker in self._tells:
            if role in self._plan.roles and self._jobs.lease(role, broker).is_held():
                names |= self._tells[role, broker]
        return names

    def _show(self, name: str, heard: tuple[Component, float] | None) -> None:
        if heard is None:
            # Declared as expected, and starting until the first word.
            return
        one, age_s = heard
        if name not in self._shown:
            self._board.declare(name, required=False, version=one.version)
            self._shown.add(name)
        if one.state is ComponentState.STOPPED or age_s > SILENT_S:
            detail = f"no process does this: the last word is {age_s:.0f} s old"
            self._board.set(name, ComponentState.DOWN, detail=detail, version=one.version)
        else:
            self._board.set(name, one.state, detail=one.detail, version=one.version)
