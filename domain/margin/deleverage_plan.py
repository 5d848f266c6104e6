"""Describe a de-leverage plan from its proposal to its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.margin.deleverage import Reductions, checked_target
from domain.shared.values import plain, plain_figure

# An older proposal says nothing of today's prices: another one is asked for.
PROPOSAL_LASTS = timedelta(hours=24)
# One more than any book has positions, and their fills come in parts.
STEPS_MAX = 10_000


class PlanState(StrEnum):
    """How a plan stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # its orders are sent, one after another
    REACHED = "reached"
    STOPPED = "stopped"  # it cannot go on, and says why
    VOID = "void"  # another one was proposed


class PlanOrigin(StrEnum):
    """Who asked for it."""

    PERSON = "person"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One reduction as proposed: signed units, and what it was expected to cost."""

    symbol: str
    quantity: str
    spread_cost: str
    impact_cost: str
    tax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleveragePlan:
    """What was proposed to bring an account's buffer to a target, and how far that is.

    steps, cost and the figures are those of the proposal: what is sent is worked out anew before
    each order. step counts the orders: the one in hand has a client order id made of both.
    """

    id: UUID
    tenant_id: UUID
    account_id: UUID
    target: Decimal
    origin: PlanOrigin
    steps: tuple[PlanStep, ...]
    cost: Decimal
    buffer_before: Decimal | None
    buffer_after: Decimal | None
    least: bool
    taxes: str
    proposed_by: str
    proposed_at: datetime
    state: PlanState = PlanState.PROPOSED
    approved_by: str = ""
    approved_at: datetime | None = None
    step: int = 0
    problem: str = ""
    ended_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for a target that is none."""
        checked_target(self.target)

    @property
    def client_order_id(self) -> str:
        """By which the order in hand is known, so that it is sent once however often asked."""
        return f"deleverage-{self.id.hex}-{self.step}"

    def is_stale(self, now: datetime) -> bool:
        """Tell whether a proposal was left too long."""
        return now >= self.proposed_at + PROPOSAL_LASTS

    def approved(self, *, by: str, at: datetime) -> "DeleveragePlan":
        """Return it as approved."""
        return replace(
            self,
            state=PlanState.APPROVED,
            approved_by=by,
            approved_at=at,
            version=self.version + 1,
        )

    def next_step(self) -> "DeleveragePlan":
        """Return it with the next order in hand."""
        return replace(self, step=self.step + 1, version=self.version + 1)

    def ended(self, state: PlanState, *, at: datetime, problem: str = "") -> "DeleveragePlan":
        """Return it at its end."""
        return replace(
            self, state=state, ended_at=at, problem=problem[:500], version=self.version + 1
        )


def plan_steps(found: Reductions) -> tuple[PlanStep, ...]:
    """Return the reductions as texts, to be kept."""
    return tuple(
        PlanStep(
            symbol=one.symbol,
            quantity=plain(one.quantity),
            spread_cost=plain(one.spread_cost),
            impact_cost=plain(one.impact_cost),
            tax=plain(one.tax),
        )
        for one in found.steps
    )


def describe_plan(plan: DeleveragePlan) -> dict[str, str]:
    """List what the trail and the notices show."""
    return {
        "account_id": str(plan.account_id),
        "target_buffer": plain(plan.target),
        "origin": plan.origin.value,
        "state": plan.state.value,
        "step": str(plan.step),
        "steps": ", ".join(f"{one.symbol} {one.quantity}" for one in plan.steps)[:500],
        "cost": plain_figure(plan.cost, places=2),
        "problem": plan.problem,
    }
