"""Hold a tenant's plan of succession as it is stored, and the clock that runs under it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.shared.values import InvalidValue
from domain.succession.allocation import Allocation, check_allocations
from domain.succession.plan import SuccessionPlan, SuccessionState, Trading
from domain.succession.silence import Silence

ACCOUNTS_MAX = 100
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """An account that a trustee gets once a release is final, as their role allows."""

    trustee: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """The plan of one tenant: its trustees are ids of members, each a trustee by role."""

    id: UUID
    tenant_id: UUID
    plan: SuccessionPlan
    written_at: datetime
    allocations: tuple[Allocation, ...] = ()
    access: tuple[AccountAccess, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for access of somebody who is no trustee of the plan."""
        check_allocations(self.allocations)
        if len(self.access) > ACCOUNTS_MAX or len(set(self.access)) < len(self.access):
            problem = f"must be at most {ACCOUNTS_MAX}, each named once"
            raise InvalidValue(field="access", problem=problem)
        for index, one in enumerate(self.access):
            if str(one.trustee) not in self.plan.trustees:
                raise InvalidValue(
                    field=f"access[{index}].trustee", problem="must be a trustee of the plan"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionClock:
    """How far the silence of a tenant's owners has led.

    step counts the changes of state: what is asked of somebody holds for one step alone. The
    time that passed counts in microseconds. told are the notices of this step to the owners,
    delivered whether each of them was reached: until then no time counts. ticker and beat say
    who added time last, logins what was known of the owners' log-ins then.
    """

    id: UUID
    tenant_id: UUID
    latch_id: UUID
    state: SuccessionState = SuccessionState.ARMED
    step: int = 1
    silent_us: int = 0
    since_release_us: int = 0
    confirmed: frozenset[str] = frozenset()
    told: tuple[UUID, ...] = ()
    delivered: bool = True
    ticker: UUID | None = None
    beat: int = 0
    logins: str = ""
    handed_over: bool = False
    trading_released_at: datetime | None = None
    version: int = 1

    def silence(self, plan: SuccessionPlan, *, standing: frozenset[str] | None = None) -> Silence:
        """Return the silence under a plan; standing: only these trustees' words count."""
        confirmed = self.confirmed & frozenset(plan.trustees)
        return Silence(
            plan=plan,
            state=self.state,
            silent=self.silent_us * _US,
            confirmed=confirmed if standing is None else confirmed & standing,
            since_release=self.since_release_us * _US,
        )

    def following(self, silence: Silence) -> "SuccessionClock":
        """Return it with the times and words of a silence, and the next version."""
        return replace(
            self,
            silent_us=silence.silent // _US,
            since_release_us=silence.since_release // _US,
            confirmed=silence.confirmed,
            version=self.version + 1,
        )

    def moved(
        self, silence: Silence, *, latch_id: UUID, told: tuple[UUID, ...]
    ) -> "SuccessionClock":
        """Return it in another state: what was asked before holds no more."""
        return replace(
            self.following(silence),
            state=silence.state,
            step=self.step + 1,
            latch_id=latch_id,
            told=told,
            delivered=silence.state is SuccessionState.ARMED,
            handed_over=False,
            trading_released_at=None,
        )

    def interrupted(self) -> "SuccessionClock":
        """Return it so that the time since the last tick, which was before an act, is not added."""
        return replace(self, ticker=None, beat=self.beat + 1)

    def trading(self, plan: SuccessionPlan) -> Trading:
        """Return what succession leaves of trading."""
        if self.trading_released_at is not None:
            return Trading.ACTIVE
        return self.silence(plan).trading


def passed(silence: Silence, lasted: timedelta) -> Silence:
    """Return a silence after the system ran so long: one state further at most."""
    ahead = silence.next_in
    if ahead is None or lasted < ahead:
        return silence.ran(lasted)
    return silence.ran(ahead).due()
