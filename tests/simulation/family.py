"""Be the owner who falls silent, and the trustees who are asked."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.succession.context import ASKED, CLOCKS, PLANS
from domain.identity.access import Role
from domain.identity.member import Member, MemberKind
from domain.kill_switch.latch import LatchCause, Level
from domain.succession.plan import SuccessionPlan, SuccessionState
from domain.succession.stored_plan import AccountAccess, StoredPlan, SuccessionClock
from domain.succession.timeline import ActKind
from tests.simulation.api import Answer, Call, SuccessionAct
from tests.simulation.disk import Disk
from tests.simulation.silence import TRUSTEES, Silence
from tests.simulation.violation import Violation
from tests.simulation.virtual_time.network import NoReply, Unreachable, Wire

# Left alone, a succession has come to its end within so long, whatever happened before.
END_S = 120.0
_TIMEOUT_S = 2.0
_LOOK_S = 0.4
_PAUSE_S = (0.0, 1.0)
# Most of what happens is trustees: an owner who is heard begins it all anew.
_OWNER = 0.15


@dataclass(slots=True, kw_only=True)
class Family:
    """Asks over the wires that clients have, and hears as little."""

    disk: Disk
    silence: Silence
    tenant_id: UUID
    owner: UUID
    trustees: tuple[UUID, ...]
    wires: Sequence[Wire[Call, Answer]]
    source: random.Random
    # Told of each word before it leaves.
    on_word: Callable[[UUID], None]

    async def live(self) -> None:
        """Confirm, once and again, in time and too late; now and then the owner is heard."""
        for _ in range(self.silence.acts):
            await asyncio.sleep(self.source.uniform(*_PAUSE_S))
            if self.source.random() < _OWNER:
                await self._say(self.source.choice((ActKind.CHECK_IN, ActKind.VETO)), self.owner)
            else:
                await self._say(ActKind.CONFIRM, self.source.choice(self.trustees))

    async def end(self) -> None:
        """See it through: every trustee confirms, and perhaps the owner takes it back."""
        await self._until(lambda: self._clock.state is SuccessionState.RELEASED, confirming=True)
        if self.silence.is_vetoed:
            await self._say(ActKind.VETO, self.owner)
        vetoed = SuccessionState.ARMED
        await self._until(
            lambda: self._clock.handed_over or self._clock.state is vetoed, confirming=False
        )
        await self._until(self._is_settled, confirming=False)

    @property
    def _clock(self) -> SuccessionClock:
        (clock,) = self.disk.database.records[CLOCKS.table].values()
        assert isinstance(clock, SuccessionClock)
        return clock

    def _is_settled(self) -> bool:
        """Tell whether the latches are those of the state, or a person has released them."""
        own = [
            one for one in self.disk.database.latches.values() if one.cause is LatchCause.SUCCESSION
        ]
        if self._clock.state is not SuccessionState.RELEASED:
            # It begins anew and is not followed any further.
            early = (SuccessionState.ARMED, SuccessionState.REMINDED)
            return self._clock.state not in early or not any(one.is_engaged for one in own)
        return any(
            one.level is Level.HALTED and (one.is_engaged or one.id == self._clock.latch_id)
            for one in own
        )

    async def _until(self, is_so: Callable[[], bool], *, confirming: bool) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + END_S
        while not is_so():
            if loop.time() > until:
                raise Violation("silence", f"a succession was lost: {self._clock}")
            if confirming and self._clock.state in ASKED:
                for trustee in self.trustees:
                    await self._say(ActKind.CONFIRM, trustee)
            await asyncio.sleep(_LOOK_S)

    async def _say(self, kind: ActKind, who: UUID) -> None:
        if kind is ActKind.CONFIRM:
            self.on_word(who)
        call = Call(command=SuccessionAct(tenant_id=self.tenant_id, kind=kind, who=who))
        try:
            await self.source.choice(self.wires).request(call, timeout_s=_TIMEOUT_S)
        except (NoReply, Unreachable):
            return


def found_family(
    disk: Disk,
    silence: Silence,
    *,
    tenant_id: UUID,
    account_id: UUID,
    new_id: Callable[[], UUID],
    at: datetime,
) -> tuple[UUID, tuple[UUID, ...]]:
    """Store owner, trustees, plan and clock as they are before anything happens."""
    roles = (Role.OWNER, *(Role.TRUSTEE for _ in range(TRUSTEES)))
    members = [
        Member(
            id=new_id(),
            tenant_id=tenant_id,
            kind=MemberKind.PERSON,
            role=role,
            name=f"{role.value} {number}",
            created_at=at,
        )
        for number, role in enumerate(roles)
    ]
    for member in members:
        disk.database.members[member.id] = member
    owner, *trustees = (one.id for one in members)
    check_in, remind, contact, grace = silence.days
    plan = StoredPlan(
        id=new_id(),
        tenant_id=tenant_id,
        plan=SuccessionPlan(
            trustees=tuple(map(str, trustees)),
            confirmations_needed=silence.confirmations_needed,
            check_in_days=check_in,
            remind_days=remind,
            contact_days=contact,
            grace_days=grace,
        ),
        access=(AccountAccess(trustee=trustees[0], account_id=account_id),),
        written_at=at,
    )
    clock = SuccessionClock(id=new_id(), tenant_id=tenant_id, latch_id=new_id())
    disk.database.records[PLANS.table] = {plan.id: plan}
    disk.database.records[CLOCKS.table] = {clock.id: clock}
    return owner, tuple(trustees)
