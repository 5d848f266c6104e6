"""Tell a breach of a limit from the one that an account was stopped for before."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

# So much of the limit further than before is a deeper breach, not the same one trembling.
DEEPER = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """An account beyond one version of a rule's limit, as it was last acted on.

    basis is what the reading is measured from: the trading day of a loss, the peak of a
    drawdown, nothing where there is none. value and limit are in the rule's unit.
    """

    tenant_id: UUID
    account_id: UUID
    rule_id: UUID
    rule_version: int
    basis: str
    value: Decimal
    limit: Decimal

    @property
    def key(self) -> tuple[UUID, UUID, int]:
        """What it is kept by: one breach an account and version of a rule."""
        return (self.account_id, self.rule_id, self.rule_version)

    def covers(self, other: "Breach") -> bool:
        """Tell whether the other is this very breach, no deeper than DEEPER of the limit."""
        same = self.key == other.key and self.basis == other.basis
        return same and other.value <= self.value + abs(self.limit) * DEEPER
