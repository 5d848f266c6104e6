"""Write down steps that change rules, so that they can be taken once somebody has agreed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.risk.codec import canonical, read_rule, write_rule
from domain.risk.rule import Rule, describe_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStep:
    """One rule as it was and is to be; None where it was not there yet, or is to go."""

    before: Rule | None
    after: Rule | None

    @property
    def account_id(self) -> UUID | None:
        """The account that it concerns, None for all of them."""
        sides = [one.scope.account_id for one in (self.before, self.after) if one is not None]
        return next((one for one in sides if one is not None), None)

    @property
    def until(self) -> datetime | None:
        """When it makes no sense any more: an override that it sets is over."""
        before, after = self.before, self.after
        if after is None or (before is not None and before.override_until == after.override_until):
            return None
        return after.override_until


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A step that was written down: of which rule and version, and what becomes of it."""

    rule_id: UUID
    seen: int
    after: Rule | None


def write_steps(steps: Sequence[RuleStep]) -> str:
    """Write steps over rules that are there."""
    return canonical([_write(one) for one in steps])


def read_steps(written: str) -> tuple[StoredStep, ...]:
    """Read what write_steps wrote."""
    return tuple(_read(one) for one in json.loads(written))


def describe_steps(steps: Sequence[RuleStep]) -> tuple[dict[str, str], dict[str, str]]:
    """List what the steps change, before and after, each rule under its name if there are more."""
    was: dict[str, str] = {}
    will: dict[str, str] = {}
    for step in steps:
        subject = step.before or step.after
        assert subject is not None
        prefix = f"{subject.name}: " if len(steps) > 1 else ""
        before = {} if step.before is None else describe_rule(step.before)
        after = {} if step.after is None else describe_rule(step.after)
        for name in before | after:
            always = name in ("rule_id", "name", "rule_type")
            if name == "version" or (before.get(name) == after.get(name) and not always):
                continue
            if name in before:
                was[prefix + name] = before[name]
            if name in after:
                will[prefix + name] = after[name]
    return was, will


def _write(step: RuleStep) -> dict[str, Any]:
    before, after = step.before, step.after
    assert before is not None
    override = None
    if after is not None and after.override_until is not None:
        override = [str(after.override_threshold), after.override_until.isoformat()]
    return {
        "rule_id": str(before.id),
        "seen": before.version,
        "rule": None if after is None else write_rule(after),
        "override": override,
    }


def _read(written: dict[str, Any]) -> StoredStep:
    after = None if written["rule"] is None else read_rule(written["rule"])
    if after is not None and written["override"] is not None:
        threshold, until = written["override"]
        after = replace(
            after,
            override_threshold=Decimal(threshold),
            override_until=datetime.fromisoformat(until),
        )
    return StoredStep(rule_id=UUID(written["rule_id"]), seen=written["seen"], after=after)
