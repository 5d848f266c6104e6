"""Show how a succession stands: in words, with the time left, and who may see what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.succession.context import SuccessionContext
from domain.identity.access import Permission
from domain.identity.member import Member
from domain.succession.plan import VETO_LASTS, SuccessionState, Trading
from domain.succession.silence import Silence
from domain.succession.words import NO_PLAN, WORDS, span_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class TrusteeStatus:
    """A trustee: whether they confirmed, what they may do now, and what a release gives them.

    sees names accounts and permissions as of now; gets the accounts that are theirs once a
    release is final.
    """

    id: UUID
    name: str
    is_trustee: bool
    confirmed: bool
    sees: Sequence[str]
    accounts: Sequence[UUID]
    gets: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionStatus:
    """How the succession of a tenant stands; state is None without a plan.

    left is how much longer the system has to run until time alone leads on, veto_left until the
    owner's veto no longer counts. waits_for says what holds the clock up.
    """

    words: str
    state: SuccessionState | None = None
    trading: Trading = Trading.ACTIVE
    silent: timedelta | None = None
    left: timedelta | None = None
    veto_left: timedelta | None = None
    confirmations: int = 0
    confirmations_needed: int = 0
    waits_for: str = ""
    trustees: Sequence[TrusteeStatus] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSuccession:
    """Read how a succession stands."""

    context: SuccessionContext

    async def __call__(self, *, tenant_id: UUID) -> SuccessionStatus:
        """Return it; it reads and changes nothing."""
        async with self.context.changes.works.look(tenant_id) as look:
            found = await self.context.found(look)
        if found is None:
            return SuccessionStatus(words=NO_PLAN)
        plan, clock = found
        people = await self.context.people(tenant_id)
        silence = clock.silence(plan.plan, standing=people.standing(plan))
        by_id = {str(one.id): one for one in people.members}
        gets: dict[str, list[UUID]] = {}
        for one in plan.access:
            gets.setdefault(str(one.trustee), []).append(one.account_id)
        released = silence.state is SuccessionState.RELEASED
        return SuccessionStatus(
            words=_words(silence, trading=clock.trading(plan.plan)),
            state=silence.state,
            trading=clock.trading(plan.plan),
            silent=silence.silent,
            left=silence.next_in,
            veto_left=max(VETO_LASTS - silence.since_release, timedelta(0)) if released else None,
            confirmations=len(silence.confirmed),
            confirmations_needed=plan.plan.confirmations_needed,
            waits_for=_waits_for(silence, delivered=clock.delivered),
            trustees=[
                _standing(
                    name,
                    by_id.get(name),
                    confirmed=name in silence.confirmed,
                    standing=people.standing(plan),
                    gets=gets.get(name, ()),
                )
                for name in plan.plan.trustees
            ],
        )


def _standing(
    name: str,
    member: Member | None,
    *,
    confirmed: bool,
    standing: frozenset[str],
    gets: Sequence[UUID],
) -> TrusteeStatus:
    access = member.access if member is not None else None
    sees: list[str] = []
    if access is not None:
        sees = sorted(one.value for one in Permission if access.may(one))
    return TrusteeStatus(
        id=UUID(name),
        name=member.name if member is not None else "",
        is_trustee=name in standing,
        confirmed=confirmed,
        sees=sees,
        accounts=sorted(access.accounts or ()) if access is not None else (),
        gets=gets,
    )


def _words(silence: Silence, *, trading: Trading) -> str:
    said = WORDS[silence.state]
    if silence.is_final:
        said = "Handed over to the trustees for good; " + (
            "trading is halted until one of them releases it."
            if trading is Trading.HALTED
            else "one of them released trading."
        )
    left = silence.next_in
    return said if left is None else f"{said} {span_in_words(left)} left."


def _waits_for(silence: Silence, *, delivered: bool) -> str:
    if not delivered:
        return "this step's message to reach each owner by mail, SMS, push or webhook"
    if silence.next_in is None and silence.state is SuccessionState.GRACE:
        missing = silence.plan.confirmations_needed - len(silence.confirmed)
        return f"{missing} more confirmation{'s' if missing != 1 else ''}"
    return ""
