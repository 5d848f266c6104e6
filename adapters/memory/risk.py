"""Keep risk rules in memory, changed in transactions that hold whole or not at all."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.change import Reply
from domain.agents.agent import Desired
from domain.audit.entry import AuditEntry
from domain.risk.rule import Rule
from domain.risk.rule_set import RuleSet
from domain.shared.notices import Notice
from ports.risk import RiskScope
from ports.storage import ConstraintBroken
from ports.transactions import Conflict


class MemoryRuleSets:
    """Rule sets from memory; the same object while the version stands."""

    def __init__(self, *, link: MemoryLink) -> None:
        self._link = link
        self._kept: dict[UUID, RuleSet] = {}

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules as of one version."""
        database = await self._link.enter()
        version = database.rules_versions.get(tenant_id, 0)
        kept = self._kept.get(tenant_id)
        if kept is None or kept.version != version:
            agents = [one for one in database.agents.values() if one.tenant_id == tenant_id]
            paused = [one for one in agents if one.desired is Desired.PAUSED]
            kept = RuleSet(
                tenant_id=tenant_id,
                version=version,
                rules=tuple(_of(database, tenant_id)),
                agents=frozenset(one.id for one in agents),
                paused=frozenset(one.id for one in paused),
                paused_actors=MappingProxyType(
                    {f"user:{one.member_id}": one.id for one in paused if one.member_id}
                ),
            )
            self._kept[tenant_id] = kept
        return kept


@dataclass(frozen=True, slots=True)
class MemoryRiskTransactions:
    """Transactions over rules: what is written is kept aside until the clean exit."""

    link: MemoryLink

    def begin(self) -> AbstractAsyncContextManager[RiskScope]:
        """Open a transaction."""
        return self._begin()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[RiskScope]:
        work = _Work(link=self.link)
        yield _MemoryRiskScope(
            rules=_Rules(work), audit=_Audit(work), notices=_Notices(work), replies=_Replies(work)
        )
        # Only reached without an exception: what was kept aside is simply dropped otherwise.
        await work.commit()


@dataclass(slots=True)
class _Work:
    """One open transaction: what it read, and what it will write."""

    link: MemoryLink
    # Versions of the tenants' rule sets as first read: they must still stand at the exit.
    seen: dict[UUID, int] = field(default_factory=dict)
    sequences: dict[tuple[UUID, str], int] = field(default_factory=dict)
    rules: dict[UUID, Rule | None] = field(default_factory=dict)
    bumped: set[UUID] = field(default_factory=set)
    replies: list[tuple[UUID, Reply]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    async def read(self, tenant_id: UUID) -> MemoryDatabase:
        database = await self.link.enter()
        self.seen.setdefault(tenant_id, database.rules_versions.get(tenant_id, 0))
        return database

    def rules_of(self, database: MemoryDatabase, tenant_id: UUID) -> list[Rule]:
        stored = {rule.id: rule for rule in _of(database, tenant_id)}
        for rule_id, rule in self.rules.items():
            if rule is None:
                stored.pop(rule_id, None)
            elif rule.tenant_id == tenant_id:
                stored[rule_id] = rule
        return sorted(stored.values(), key=lambda rule: rule.id)

    async def commit(self) -> None:
        database = await self.link.enter()
        if not (self.bumped or self.replies or self.audit or self.notices):
            return
        for tenant_id, version in self.seen.items():
            if database.rules_versions.get(tenant_id, 0) != version:
                raise Conflict(f"the rules of tenant {tenant_id} changed meanwhile")
        for (tenant_id, channel), sequence in self.sequences.items():
            if _next_sequence(database, tenant_id, channel) != sequence:
                raise Conflict(f"channel {channel} of tenant {tenant_id} moved on meanwhile")
        for tenant_id, reply in self.replies:
            if (tenant_id, reply.key) in database.replies:
                raise ConstraintBroken(f"key {reply.key!r} has an answer already")
        for rule_id, rule in self.rules.items():
            if rule is None:
                database.rules.pop(rule_id, None)
            else:
                database.rules[rule_id] = rule
        for tenant_id in self.bumped:
            database.rules_versions[tenant_id] = database.rules_versions.get(tenant_id, 0) + 1
        for tenant_id, reply in self.replies:
            database.replies[(tenant_id, reply.key)] = reply
        database.audit.extend(self.audit)
        database.notices.extend(self.notices)
        # The effect is durable; the process may still die before it learns of it.
        await self.link.pause()


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemoryRiskScope:
    """What one transaction may touch."""

    rules: "_Rules"
    audit: "_Audit"
    notices: "_Notices"
    replies: "_Replies"


@dataclass(frozen=True, slots=True)
class _Rules:
    work: _Work

    async def add(self, rule: Rule) -> None:
        database = await self.work.read(rule.tenant_id)
        if rule.id in database.rules or self.work.rules.get(rule.id) is not None:
            raise ConstraintBroken(f"risk rule {rule.id} exists already")
        self.work.rules[rule.id] = rule
        self.work.bumped.add(rule.tenant_id)

    async def get(self, *, tenant_id: UUID, rule_id: UUID) -> Rule | None:
        database = await self.work.read(tenant_id)
        rules = self.work.rules_of(database, tenant_id)
        return next((rule for rule in rules if rule.id == rule_id), None)

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        database = await self.work.read(tenant_id)
        rules = self.work.rules_of(database, tenant_id)
        return [
            rule
            for rule in rules
            if (after is None or rule.id > after)
            and (among is None or rule.scope.account_id in (None, *among))
        ][:limit]

    async def count(self, *, tenant_id: UUID) -> int:
        database = await self.work.read(tenant_id)
        return len(self.work.rules_of(database, tenant_id))

    async def update(self, rule: Rule) -> bool:
        before = await self.get(tenant_id=rule.tenant_id, rule_id=rule.id)
        if before is None or before.version != rule.version - 1:
            return False
        self.work.rules[rule.id] = rule
        self.work.bumped.add(rule.tenant_id)
        return True

    async def remove(self, *, tenant_id: UUID, rule_id: UUID) -> bool:
        if await self.get(tenant_id=tenant_id, rule_id=rule_id) is None:
            return False
        self.work.rules[rule_id] = None
        self.work.bumped.add(tenant_id)
        return True


@dataclass(frozen=True, slots=True)
class _Audit:
    work: _Work

    async def add(self, entry: AuditEntry) -> None:
        self.work.audit.append(entry)


@dataclass(frozen=True, slots=True)
class _Notices:
    work: _Work

    async def next_sequence(self, *, tenant_id: UUID, channel: str) -> int:
        database = await self.work.link.enter()
        first = _next_sequence(database, tenant_id, channel)
        self.work.sequences.setdefault((tenant_id, channel), first)
        return first + sum(
            notice.tenant_id == tenant_id and notice.channel == channel
            for notice in self.work.notices
        )

    async def add(self, notice: Notice) -> None:
        self.work.notices.append(notice)


@dataclass(frozen=True, slots=True)
class _Replies:
    work: _Work

    async def find(self, *, tenant_id: UUID, key: str) -> Reply | None:
        database = await self.work.link.enter()
        for owner, reply in self.work.replies:
            if owner == tenant_id and reply.key == key:
                return reply
        return database.reply(tenant_id=tenant_id, key=key)

    async def add(self, *, tenant_id: UUID, reply: Reply) -> None:
        self.work.replies.append((tenant_id, reply))


def _of(database: MemoryDatabase, tenant_id: UUID) -> list[Rule]:
    found = [rule for rule in database.rules.values() if rule.tenant_id == tenant_id]
    return sorted(found, key=lambda rule: rule.id)


def _next_sequence(database: MemoryDatabase, tenant_id: UUID, channel: str) -> int:
    return 1 + sum(
        notice.tenant_id == tenant_id and notice.account_id is None and notice.channel == channel
        for notice in database.notices
    )
