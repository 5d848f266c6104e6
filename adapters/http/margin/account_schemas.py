"""Say how accounts' margin and de-leverage plans look in requests and answers."""

from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.approvals import Reason
from adapters.http.margin.schemas import margin_of_position
from adapters.http.reading import Amount
from adapters.http.wire import moment, rounded, text_of, time_of
from application.margin.plan_deleverage import NoPlan
from application.margin.read_account import AccountReading
from domain.accounts.account_margin import AccountMargin
from domain.margin.alert import MarginAlert
from domain.margin.assessment import Assessment, PositionMargin
from domain.margin.deleverage_plan import DeleveragePlan, PlanState
from domain.margin.rulebook import NoTable


class RulebookBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which rulebook an account is to be margined by; a looser one needs a reason."""

    rulebook: Annotated[str, Meta(max_length=50)]
    reason: Reason | None = None


class AutomaticBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """To which buffer the account is brought back by itself, null for never.

    It begins once the maintenance margin is beyond 1.10 x equity.
    """

    target_buffer: Amount | None


class TargetBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The share of equity that is to be left above the maintenance margin, such as 0.25."""

    target_buffer: Amount


class MarginSettingView(msgspec.Struct):
    """What is set of an account's margin; version 0 where nobody has set anything."""

    account_id: str
    rulebook: str
    automatic_target: str | None
    version: int


class MarginAlertView(msgspec.Struct, kw_only=True):
    """A warning or a call that stands; amount is what is missing, due_on a call's last day."""

    id: str
    kind: str
    level: str
    amount: str
    due_on: str | None
    state: str
    opened_at: str


class HeldPositionView(msgspec.Struct, kw_only=True):
    """What a position takes, and at which price the account is called or liquidated.

    Distances are from its price to that one: in percent; in standard deviations of a day, and in
    days until a driftless walk has touched it with a probability of 5 %, where prices are known.
    """

    symbol: str
    quantity: str
    price: str
    value: str
    initial: str
    maintenance: str
    call_price: str | None
    liquidation_price: str | None
    distance_percent: str | None
    distance_sigmas: float | None
    distance_days: float | None


class AccountMarginView(msgspec.Struct, kw_only=True):
    """An account's margin at the last prices.

    buffer is (equity - maintenance) / equity, used maintenance / equity, null without equity;
    excess is equity less maintenance, available what is left to open with. Where a table or a
    price is missing, problem says which and the figures are null.
    """

    account_id: str
    as_of: str
    rulebook: str
    version: int
    automatic_target: str | None
    equity: str | None = None
    initial: str | None = None
    maintenance: str | None = None
    deposit: str | None = None
    buffer: str | None = None
    used: str | None = None
    excess: str | None = None
    available: str | None = None
    sma: str | None = None
    minimum_equity: str | None = None
    problem: str | None = None
    positions: list[HeldPositionView] = []
    warnings: list[MarginAlertView] = []
    calls: list[MarginAlertView] = []


class AccountPositionView(msgspec.Struct, kw_only=True):
    """One position's part of an account's margin, null where it cannot be told."""

    account_id: str
    as_of: str
    symbol: str
    rulebook: str
    buffer: str | None
    problem: str | None
    position: HeldPositionView | None


class PlanStepView(msgspec.Struct):
    """Units to close, signed as the order, and what that is expected to cost."""

    symbol: str
    quantity: str
    spread_cost: str
    impact_cost: str
    tax: str


class PlanView(msgspec.Struct, kw_only=True):
    """A de-leverage plan; steps and figures are those of its proposal.

    least: no other choice of whole lots costs less. taxes names what the tax was taken from.
    step counts the orders so far.
    """

    id: str
    account_id: str
    state: PlanState
    origin: str
    target_buffer: str
    buffer_before: str | None
    buffer_after: str | None
    cost: str
    least: bool
    taxes: str
    steps: list[PlanStepView]
    step: int
    problem: str
    proposed_by: str
    proposed_at: str
    approved_by: str
    approved_at: str | None
    ended_at: str | None


class ProposalView(msgspec.Struct):
    """A plan as proposed, or none, and why."""

    plan: PlanView | None
    reason: str | None


class PlanPage(msgspec.Struct):
    """A page of plans, in the order they were proposed."""

    items: list[PlanView]
    next_cursor: str | None


def setting_view(setting: AccountMargin) -> MarginSettingView:
    """Show what is set."""
    return MarginSettingView(
        str(setting.id),
        setting.rulebook.value,
        None if setting.automatic_target is None else text_of(setting.automatic_target),
        setting.version,
    )


def account_margin_view(reading: AccountReading) -> AccountMarginView:
    """Show an account's margin."""
    found, setting = reading.assessment, setting_view(reading.setting)
    told = [(one.kind.value, _alert_view(one)) for one in reading.standing]
    view = AccountMarginView(
        account_id=setting.account_id,
        as_of=moment(reading.as_of),
        rulebook=setting.rulebook,
        version=setting.version,
        automatic_target=setting.automatic_target,
        warnings=[one for kind, one in told if kind == "warning"],
        calls=[one for kind, one in told if kind == "call"],
    )
    if isinstance(found, NoTable):
        view.problem = found.problem
        return view
    view.rulebook = found.rulebook.version
    view.equity = rounded(found.equity)
    view.initial = rounded(found.initial)
    view.maintenance = rounded(found.maintenance)
    view.deposit = rounded(found.deposit)
    view.buffer = rounded(found.buffer)
    view.used = _used(found)
    view.excess = rounded(found.excess)
    view.available = rounded(found.available)
    view.sma = rounded(found.sma)
    view.minimum_equity = rounded(found.minimum_equity)
    view.positions = [_held(one) for one in found.positions]
    return view


def account_position_view(
    reading: AccountReading, one: PositionMargin | None, *, symbol: str
) -> AccountPositionView:
    """Show one position's part."""
    found = reading.assessment
    known = None if isinstance(found, NoTable) else found
    return AccountPositionView(
        account_id=str(reading.account.id),
        as_of=moment(reading.as_of),
        symbol=symbol,
        rulebook=reading.setting.rulebook.value if known is None else known.rulebook.version,
        buffer=None if known is None else rounded(known.buffer),
        problem=found.problem if isinstance(found, NoTable) else None,
        position=None if one is None else _held(one),
    )


def plan_view(plan: DeleveragePlan) -> PlanView:
    """Show a plan."""
    return PlanView(
        id=str(plan.id),
        account_id=str(plan.account_id),
        state=plan.state,
        origin=plan.origin.value,
        target_buffer=text_of(plan.target),
        buffer_before=rounded(plan.buffer_before),
        buffer_after=rounded(plan.buffer_after),
        cost=rounded(plan.cost),
        least=plan.least,
        taxes=plan.taxes,
        steps=[
            PlanStepView(one.symbol, one.quantity, one.spread_cost, one.impact_cost, one.tax)
            for one in plan.steps
        ],
        step=plan.step,
        problem=plan.problem,
        proposed_by=plan.proposed_by,
        proposed_at=moment(plan.proposed_at),
        approved_by=plan.approved_by,
        approved_at=time_of(plan.approved_at),
        ended_at=time_of(plan.ended_at),
    )


def proposal_view(made: DeleveragePlan | NoPlan) -> ProposalView:
    """Show a plan as proposed, or why there is none."""
    if isinstance(made, NoPlan):
        return ProposalView(None, made.reason)
    return ProposalView(plan_view(made), None)


def _held(one: PositionMargin) -> HeldPositionView:
    return margin_of_position(one, view=HeldPositionView)


def _used(found: Assessment) -> str | None:
    return None if found.equity <= 0 else rounded(found.maintenance / found.equity)


def _alert_view(one: MarginAlert) -> MarginAlertView:
    return MarginAlertView(
        id=str(one.id),
        kind=one.kind.value,
        level=text_of(one.level),
        amount=rounded(one.amount),
        due_on=None if one.due_on is None else one.due_on.isoformat(),
        state=one.state.value,
        opened_at=moment(one.opened_at),
    )
