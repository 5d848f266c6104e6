"""Read how a rule came to be what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RuleNotFound
from domain.risk.rule_version import RuleVersion
from ports.risk import RULE_VERSIONS
from ports.work import Works


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHistory:
    """Return the versions of a rule, of one that is gone too."""

    works: Works

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        rule_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[RuleVersion]:
        """Return versions in their order; with among, none of other accounts.

        Raises RuleNotFound for a rule that the tenant never had.
        """
        where: dict[str, object] = {"rule_id": rule_id}
        if among is not None:
            where["account_id"] = frozenset({None, *among})
        async with self.works.look(tenant_id) as look:
            versions = look.records(RULE_VERSIONS)
            found = await versions.list(limit=limit, after=after, where=where)
            if not found and not await versions.count(where=where):
                raise RuleNotFound(rule_id)
        return found
