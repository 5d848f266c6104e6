"""Give each job of the background its lease, or none where nobody could compete."""

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from adapters.memory.leases import SoleLease
from adapters.system.data_folder import holder_of
from adapters.system.leases import LASTS_S, RenewedLease, Run
from bootstrap.processes.roles import LEASED, Job, Plan, Role, part_of
from bootstrap.settings.sections import Settings
from bootstrap.shared import SharedPorts
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.leases import Fence, Lease

_TAKE_S = LASTS_S + 2.0
_ASK_S = 0.5
# Every process that answers hears all agents; one of them speaks for all.
HEARING = "agents"


class JobTaken(Exception):
    """Another process does what only one can do; the message says what."""


class Jobs:
    """The leases of one process, by role."""

    def __init__(
        self,
        *,
        plan: Plan,
        shared: SharedPorts | None,
        system: System,
        folder: Path,
        hears_agents: bool = False,
        brokers: Iterable[str] = (),
    ) -> None:
        """brokers are those besides the default one: dispatching to each is a job of its own."""
        self._kept: dict[Job, RenewedLease] = {}
        self._hearing: RenewedLease | None = None
        self._system = system
        if shared is None:
            return
        holder = plan.holder
        if holder is None and plan.owns_folder and plan.is_whole:
            # Whoever has the folder's lock knows that its last life is over.
            holder = holder_of(folder)
        held: list[Job] = [(role, None) for role in plan.roles & LEASED]
        held += [(Role.DISPATCH, one) for one in brokers if Role.DISPATCH in plan.roles]
        for role, broker in held:
            self._kept[role, broker] = RenewedLease(
                leases=shared.leases,
                name=part_of(role.value, broker),
                holder=holder or secrets.token_hex(16),
                clock=system.clock,
                sleeper=system.sleeper,
            )

        if hears_agents and Role.API in plan.roles:
            self._hearing = RenewedLease(
                leases=shared.leases,
                name=HEARING,
                holder=f"{holder or secrets.token_hex(16)}-agents",
                clock=system.clock,
                sleeper=system.sleeper,
            )

    def hearing(self) -> Lease:
        """Return what says whether this process answers agents and keeps when they spoke."""
        return self._hearing or SoleLease()

    def lease(self, role: Role, broker: str | None = None) -> Lease:
        """Return what says whether the job is ours."""
        return self._kept.get((role, broker)) or SoleLease()

    def fence(self, role: Role) -> Callable[[], Fence | None]:
        """Return what asks for the fence of the job's writes."""
        kept = self._kept.get((role, None))
        return kept.fence if kept is not None else lambda: None

    def kept(self) -> list[RenewedLease]:
        """Return every lease that has to be kept alive."""
        hearing = [self._hearing] if self._hearing is not None else []
        return [*self._kept.values(), *hearing]

    def leased(self, role: Role, run: Run, broker: str | None = None) -> Run:
        """Return the work as it is to be run: only while the job is ours."""
        kept = self._kept.get((role, broker))
        if kept is None:
            return run

        async def while_held() -> None:
            await kept.while_held(run)

        return while_held

    async def take(self, role: Role) -> None:
        """Take a job that has no second; raises JobTaken, StorageUnavailable."""
        kept = self._kept.get((role, None))
        if kept is None:
            return
        give_up_at = self._system.clock.monotonic() + _TAKE_S
        while not await kept.try_take():
            if self._system.clock.monotonic() >= give_up_at:
                raise JobTaken(
                    f"another process does the {role.value} on this database: stop it first, or"
                    " start `ballast worker api` here"
                )
            await self._system.sleeper.sleep(_ASK_S)


def build_jobs(settings: Settings, plan: Plan, storage: Storage, system: System) -> Jobs:
    """Build the leases of this process."""
    return Jobs(
        plan=plan,
        shared=storage.shared,
        system=system,
        folder=settings.data_dir,
        hears_agents=bool(settings.kafka.bootstrap),
        brokers=settings.brokers,
    )
