"""Describe one line of a rule's history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """A rule as it was left: by whom, why and when; done is what was done to it.

    proposer is who proposed the change, where another decided on it. The rule's version stays
    where an override ends by itself. version is the line's own, which nobody changes.
    """

    id: UUID
    tenant_id: UUID
    rule_id: UUID
    rule_version: int
    account_id: UUID | None
    done: str
    actor: str
    proposer: str
    reason: str
    at: datetime
    state: Mapping[str, str]
    version: int = 1
