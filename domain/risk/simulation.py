"""Describe a simulation of rules on recorded orders, and add up what comes of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.orders.order import Order
from domain.risk.simulate import Outcome, SimulatedDecision
from domain.shared.values import InvalidValue

EXAMPLES_MAX = 20
# A rule's denials under its name; those of no rule.
MANDATORY = "mandatory checks"
OTHER_BOOK = "the book as it would be after other orders"
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


class SimulationMode(StrEnum):
    """Whether an order's book is as it was, or as it would have become under the rules."""

    INDEPENDENT = "independent"
    SEQUENTIAL = "sequential"


class SimulationState(StrEnum):
    """How a simulation stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is to be decided again, how far it is, and once it is done the result as JSON.

    among has the accounts that whoever asked may see, None for all; rules are written as in the
    record of a decision.
    """

    id: UUID
    tenant_id: UUID
    asked_by: str
    since: datetime
    until: datetime
    account_id: UUID | None
    among: tuple[UUID, ...] | None
    mode: SimulationMode
    rules: str
    created_at: datetime
    total: int
    done: int = 0
    state: SimulationState = SimulationState.QUEUED
    result: str = ""
    problem: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for a time that is none."""
        if self.since >= self.until:
            raise InvalidValue(field="to", problem="must be after from")

    @property
    def is_open(self) -> bool:
        """Tell whether there is something to do or to cancel."""
        return self.state in (SimulationState.QUEUED, SimulationState.RUNNING)


@dataclass(slots=True)
class Tally:
    """Adds up simulated orders in bounded memory, however many there are.

    In sequential mode an order that comes out otherwise than it did leaves a book that nobody
    recorded: later orders of its account are undecidable, unless it came to nothing before them
    or they are denied whatever is held.
    """

    mode: SimulationMode
    names: dict[UUID, str]
    orders: int = 0
    would_deny: int = 0
    would_pass: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)
    undecidable: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    # By account: until when orders would have met another book than the recorded one.
    _other_until: dict[UUID, datetime] = field(default_factory=dict)

    def add(self, order: Order, one: SimulatedDecision) -> None:
        """Count one order; they come in the order in which they were taken in."""
        self.orders += 1
        outcome, missing = one.outcome, one.missing
        until = self._other_until.get(one.account_id)
        if until is not None and order.accepted_at < until and not one.breaks_order_rules:
            outcome, missing = Outcome.UNDECIDABLE, (OTHER_BOOK,)
        if self.mode is SimulationMode.SEQUENTIAL:
            self._follow(order, one, outcome=outcome)
        match outcome:
            case Outcome.PASSES:
                self.would_pass += 1
            case Outcome.DENIED:
                self.would_deny += 1
                for rule_id in one.denied_by:
                    name = MANDATORY if rule_id is None else self.names[rule_id]
                    self.by_rule[name] = self.by_rule.get(name, 0) + 1
            case Outcome.UNDECIDABLE:
                self.undecidable += 1
                for name in missing:
                    self.missing[name] = self.missing.get(name, 0) + 1
        differs = outcome is not (Outcome.PASSES if one.recorded_approved else Outcome.DENIED)
        if differs and len(self.examples) < EXAMPLES_MAX:
            self.examples.append(
                {
                    "order_id": str(one.order_id),
                    "account_id": str(one.account_id),
                    "recorded": "passes" if one.recorded_approved else "denied",
                    "would": outcome.value,
                    "reasons": list(one.reasons or missing),
                }
            )

    def _follow(self, order: Order, one: SimulatedDecision, *, outcome: Outcome) -> None:
        """Keep until when the account's book is not the recorded one, if this order changes it."""
        recorded = Outcome.PASSES if one.recorded_approved else Outcome.DENIED
        if outcome is recorded:
            return
        # Left out, it changes nothing after its end if it never filled; until then it took room.
        nothing = one.recorded_approved and order.is_closed and not order.filled_quantity
        ends = order.updated_at if nothing else _FOR_EVER
        known = self._other_until.get(one.account_id, ends)
        self._other_until[one.account_id] = max(known, ends)

    def skip(self, why: str) -> None:
        """Count an order that cannot be decided at all."""
        self.orders += 1
        self.undecidable += 1
        self.missing[why] = self.missing.get(why, 0) + 1

    def result(self) -> dict[str, Any]:
        """Return what is answered."""
        return {
            "orders": self.orders,
            "would_deny": self.would_deny,
            "would_pass": self.would_pass,
            "by_rule": self.by_rule,
            "undecidable": {"orders": self.undecidable, "missing": self.missing},
            "examples": self.examples,
        }
