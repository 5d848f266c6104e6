"""Write and read plans of succession, and how one stands, on the wire."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.reading import Amount
from adapters.http.wire import moment, text_of
from application.succession.dry_run import DryStep
from application.succession.keep_plan import PlanFields
from application.succession.look import SuccessionStatus, TrusteeStatus
from domain.shared.values import InvalidValue
from domain.succession.allocation import Allocation, Share
from domain.succession.plan import SuccessionPlan
from domain.succession.stored_plan import AccountAccess, StoredPlan, SuccessionClock
from domain.succession.words import WORDS

_Days = Annotated[int, Meta(ge=1, le=3_650)]


class ShareBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What one person gets, in percent."""

    name: str
    percent: Amount


class AllocationBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who gets an asset class, and who instead; each list sums to exactly 100 percent."""

    asset_class: str
    beneficiaries: list[ShareBody]
    contingents: list[ShareBody] = []


class AccessBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An account that a trustee gets, as their role allows, once a release is final."""

    trustee: UUID
    account_id: UUID


class PlanBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A plan of succession; trustees are ids of members whose role is trustee."""

    trustees: list[UUID]
    confirmations_needed: int
    check_in_days: _Days = 30
    remind_days: _Days = 14
    contact_days: _Days = 14
    grace_days: _Days = 14
    allocations: list[AllocationBody] = []
    access: list[AccessBody] = []

    def fields(self) -> PlanFields:
        """Return it as the domain knows it; raises InvalidValue with the place."""
        return PlanFields(
            plan=SuccessionPlan(
                trustees=tuple(map(str, self.trustees)),
                confirmations_needed=self.confirmations_needed,
                check_in_days=self.check_in_days,
                remind_days=self.remind_days,
                contact_days=self.contact_days,
                grace_days=self.grace_days,
            ),
            allocations=tuple(
                _allocation(one, place=f"allocations[{index}]")
                for index, one in enumerate(self.allocations)
            ),
            access=tuple(
                AccountAccess(trustee=one.trustee, account_id=one.account_id) for one in self.access
            ),
        )


class DryRunBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether the trustees really get the messages of the trial."""

    to_trustees: bool = False


class ShareView(msgspec.Struct, kw_only=True):
    """What one person gets, in percent."""

    name: str
    percent: str


class AllocationView(msgspec.Struct, kw_only=True):
    """Who gets an asset class, and who instead."""

    asset_class: str
    beneficiaries: list[ShareView]
    contingents: list[ShareView]


class AccessView(msgspec.Struct, kw_only=True):
    """An account that a trustee gets once a release is final."""

    trustee: str
    account_id: str


class SuccessionPlanView(msgspec.Struct, kw_only=True):
    """A plan of succession."""

    trustees: list[str]
    confirmations_needed: int
    check_in_days: int
    remind_days: int
    contact_days: int
    grace_days: int
    allocations: list[AllocationView]
    access: list[AccessView]
    written_at: str
    version: int


class TrusteeView(msgspec.Struct, kw_only=True):
    """A trustee: whether they confirmed, what they may do now, what a release gives them.

    permissions hold on accounts, as far as those were granted; gets_accounts come with a final
    release.
    """

    id: str
    name: str
    is_trustee: bool
    confirmed: bool
    permissions: list[str]
    accounts: list[str]
    gets_accounts: list[str]


class SuccessionStatusView(msgspec.Struct, kw_only=True):
    """How a succession stands; state is null without a plan, times are seconds of running.

    left_s is how much longer until time alone leads on, null where it cannot; veto_left_s how
    long the owner's veto still counts after a release. trustees are shown to those whom it
    concerns.
    """

    state: str | None
    words: str
    trading: str
    silent_s: int | None
    left_s: int | None
    veto_left_s: int | None
    confirmations: int
    confirmations_needed: int
    waits_for: str
    trustees: list[TrusteeView]


class ActView(msgspec.Struct, kw_only=True):
    """How the succession stood right after an act; step counts the changes of state."""

    state: str
    words: str
    step: int
    confirmations: int


class DryStepView(msgspec.Struct, kw_only=True):
    """One step of the trial: after how many days of silence, whom it told and would tell."""

    state: str
    after_days: int
    trading: str
    told: list[str]
    would_tell: list[str]


class DryRunView(msgspec.Struct, kw_only=True):
    """The whole plan, walked at once."""

    steps: list[DryStepView]


def plan_view(stored: StoredPlan) -> SuccessionPlanView:
    """Show a plan."""
    plan = stored.plan
    return SuccessionPlanView(
        trustees=list(plan.trustees),
        confirmations_needed=plan.confirmations_needed,
        check_in_days=plan.check_in_days,
        remind_days=plan.remind_days,
        contact_days=plan.contact_days,
        grace_days=plan.grace_days,
        allocations=[
            AllocationView(
                asset_class=one.asset_class,
                beneficiaries=[_share(share) for share in one.beneficiaries],
                contingents=[_share(share) for share in one.contingents],
            )
            for one in stored.allocations
        ],
        access=[
            AccessView(trustee=str(one.trustee), account_id=str(one.account_id))
            for one in stored.access
        ],
        written_at=moment(stored.written_at),
        version=stored.version,
    )


def status_view(status: SuccessionStatus, *, with_trustees: bool) -> SuccessionStatusView:
    """Show how a succession stands."""
    return SuccessionStatusView(
        state=None if status.state is None else status.state.value,
        words=status.words,
        trading=status.trading.value,
        silent_s=_seconds(status.silent),
        left_s=_seconds(status.left),
        veto_left_s=_seconds(status.veto_left),
        confirmations=status.confirmations,
        confirmations_needed=status.confirmations_needed,
        waits_for=status.waits_for,
        trustees=[_trustee(one) for one in status.trustees] if with_trustees else [],
    )


def act_view(clock: SuccessionClock) -> ActView:
    """Show what an act led to."""
    return ActView(
        state=clock.state.value,
        words=WORDS[clock.state],
        step=clock.step,
        confirmations=len(clock.confirmed),
    )


def step_view(step: DryStep) -> DryStepView:
    """Show a step of a trial."""
    return DryStepView(
        state=step.state.value,
        after_days=step.after.days,
        trading=step.trading.value,
        told=list(step.told),
        would_tell=list(step.would_tell),
    )


def _trustee(one: TrusteeStatus) -> TrusteeView:
    return TrusteeView(
        id=str(one.id),
        name=one.name,
        is_trustee=one.is_trustee,
        confirmed=one.confirmed,
        permissions=list(one.sees),
        accounts=[str(account) for account in one.accounts],
        gets_accounts=[str(account) for account in one.gets],
    )


def _allocation(body: AllocationBody, *, place: str) -> Allocation:
    try:
        return Allocation(
            asset_class=body.asset_class,
            beneficiaries=_shares(body.beneficiaries, field="beneficiaries"),
            contingents=_shares(body.contingents, field="contingents"),
        )
    except InvalidValue as wrong:
        raise InvalidValue(field=f"{place}.{wrong.field}", problem=wrong.problem) from None


def _shares(bodies: list[ShareBody], *, field: str) -> tuple[Share, ...]:
    shares = []
    for index, one in enumerate(bodies):
        try:
            shares.append(Share(name=one.name, percent=Decimal(one.percent)))
        except InvalidValue as wrong:
            place = f"{field}[{index}].{wrong.field}"
            raise InvalidValue(field=place, problem=wrong.problem) from None
    return tuple(shares)


def _share(share: Share) -> ShareView:
    return ShareView(name=share.name, percent=text_of(share.percent))


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else span // timedelta(seconds=1)
