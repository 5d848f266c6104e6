"""What the core needs to keep risk rules and to hand whole rule sets to the gate."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.accounts.change import Reply
from domain.audit.entry import AuditEntry
from domain.risk.rule import Rule
from domain.risk.rule_set import RuleSet
from domain.shared.notices import Notice


class RuleSets(Protocol):
    """Whole rule sets, read for deciding."""

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules and paused agents as of one version (0 at first).

        An adapter may keep the compiled set and return the same object while the version
        stands; it must never return an older version after a newer one.
        """
        ...


class RuleStore(Protocol):
    """The rules of a tenant; every write raises the version of its rule set by one."""

    async def add(self, rule: Rule) -> None:
        """Store a new rule."""
        ...

    async def get(self, *, tenant_id: UUID, rule_id: UUID) -> Rule | None:
        """Return the rule, None for another tenant's or no rule."""
        ...

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        """Return rules by ascending id (the order they were made), after `after` if given.

        With among, the tenant's own and those of these accounts only.
        """
        ...

    async def count(self, *, tenant_id: UUID) -> int:
        """Return how many rules the tenant has."""
        ...

    async def update(self, rule: Rule) -> bool:
        """Replace the rule if its stored version is rule.version - 1; tell whether it was."""
        ...

    async def remove(self, *, tenant_id: UUID, rule_id: UUID) -> bool:
        """Delete the rule; tell whether it was there."""
        ...


class RiskAudit(Protocol):
    """The audit trail, written with the change."""

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        ...


class RiskNotices(Protocol):
    """Notices on the tenant's own channels (no account), written with the change."""

    async def next_sequence(self, *, tenant_id: UUID, channel: str) -> int:
        """Return the next sequence number of a channel of the tenant."""
        ...

    async def add(self, notice: Notice) -> None:
        """Store a notice."""
        ...


class RiskReplies(Protocol):
    """Answers to requests with an idempotency key, written with the change."""

    async def find(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to a key."""
        ...

    async def add(self, *, tenant_id: UUID, reply: Reply) -> None:
        """Store an answer; ConstraintBroken at the exit when the key has one already."""
        ...


class RiskScope(Protocol):
    """All that a change of the rules may touch in one transaction."""

    @property
    def rules(self) -> RuleStore:
        """The rules."""
        ...

    @property
    def audit(self) -> RiskAudit:
        """The audit trail."""
        ...

    @property
    def notices(self) -> RiskNotices:
        """Notices."""
        ...

    @property
    def replies(self) -> RiskReplies:
        """Stored answers."""
        ...
