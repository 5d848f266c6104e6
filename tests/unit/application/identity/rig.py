"""One use case over memory at a time: no facade, no vault, no password hash around it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from adapters.memory.access import MemoryPersonalTokens
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.geo_lookup import MemoryGeoLookup
from adapters.memory.identity import MemoryUsers
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import MemoryTokens
from adapters.memory.time import ManualClock
from application.identity.deps import Asking, IdentityDeps
from application.identity.factor_added import FactorAdded
from application.identity.factor_tries import FactorTries
from application.identity.login_memory import LoginMemory
from application.identity.open_session import OpenSession
from application.identity.proofs import Proof, Spend
from application.identity.throttle import LoginThrottle
from bootstrap.identity.factors import kinds_of
from domain.audit.entry import AuditEntry
from domain.identity.factors import FactorKind, FactorLimits, TotpFactor
from domain.identity.notice import UserNotice
from domain.identity.session import Device, Session, SessionLimits, Visitor
from domain.identity.tenant import Principal, Tenant, User
from ports.identity_scope import IdentityScope
from ports.rate_limits import RateLimit
from tests.unit.application.identity.door import EMAIL, HOME, NOW

T = TypeVar("T")

TRACE = "trace-1"
# In place of ids, which chance gives.
NO_ID = UUID(int=0)
THERE = Visitor(ip="198.51.100.1", user_agent="there")
HOUR = timedelta(hours=1)


class Waits:
    """Rate limits that are reached; notes what was asked."""

    def __init__(self, wait_s: float = 2.5) -> None:
        self.wait_s = wait_s
        self.asked: list[tuple[str, str]] = []

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        """Say how long to wait."""
        assert cost == 1
        self.asked.append((limit.name, key))
        return self.wait_s


class Hints:
    """Counts the hints that the feed has something new (port Wakeup)."""

    def __init__(self) -> None:
        self.given = 0

    def set(self) -> None:
        """Hint."""
        self.given += 1

    async def wait(self, *, timeout_s: float) -> None:
        """Return at once."""


class Rig:
    """A tenant with its owner, in memory, and what use cases are made of."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.database = MemoryDatabase()
        self.link = MemoryLink(self.database)
        self.ids = SeededIds(clock=self.clock, seed=1)
        self.randomness = SeededRandomness(1)
        self.told = Hints()
        # Of whom this process was told at once that they may do something else.
        self.heard: list[UUID] = []
        self.deps = IdentityDeps(
            transactions=MemoryIdentityTransactions(self.link),
            clock=self.clock,
            ids=self.ids,
            randomness=self.randomness,
            told=self.told,
            limits=SessionLimits(),
        )
        self.users = MemoryUsers(self.link)
        self.tokens = MemoryTokens(randomness=self.randomness, clock=self.clock, ids=self.ids)
        self.limits = Waits(0.0)
        self.throttle = LoginThrottle(attempts=MemoryAttempts(clock=self.clock), limits=self.limits)
        self.tries = FactorTries(deps=self.deps, limits=FactorLimits())
        self.kinds = kinds_of(self.deps)
        self.added = FactorAdded(deps=self.deps, personal=MemoryPersonalTokens(self.link))
        self.memory = LoginMemory(deps=self.deps, geo_lookup=MemoryGeoLookup())
        self.open = OpenSession(
            deps=self.deps, memory=self.memory, script_lasts=timedelta(minutes=5)
        )
        self.tenant = Tenant(id=self.ids.new(), name="Home", created_at=NOW)
        self.database.tenants[self.tenant.id] = self.tenant
        self.owner = self.user(EMAIL)
        self._seen = 0

    def user(self, email: str) -> User:
        """Store a user of the tenant."""
        made = User(
            id=self.ids.new(),
            tenant_id=self.tenant.id,
            email=email,
            password_hash="hash",
            created_at=NOW,
        )
        self.database.users[made.id] = made
        return made

    def device(self, **given: Any) -> Device:
        """Store a device of the owner."""
        whole: dict[str, Any] = {
            "id": self.ids.new(),
            "tenant_id": self.tenant.id,
            "user_id": self.owner.id,
            "digest": b"digest",
            "label": "Desk",
            "created_at": NOW,
            "seen_at": NOW,
            **given,
        }
        # Fields by name: mypy cannot tell which is of what type.
        made = Device(**whole)
        self.database.devices[made.id] = made
        return made

    def session(self, **given: Any) -> Session:
        """Store a session of the owner that lasts an hour and may rest for half of it."""
        now = self.clock.now()
        whole: dict[str, Any] = {
            "id": self.ids.new(),
            "tenant_id": self.tenant.id,
            "user_id": self.owner.id,
            "device_id": None,
            "device_label": "Desk",
            "visitor": HOME,
            "opened_at": now,
            "authenticated_at": now,
            "used_at": now,
            "idle": HOUR / 2,
            "expires_at": now + HOUR,
            **given,
        }
        made = Session(**whole)
        self.database.sessions[made.id] = made
        return made

    def app(self, **given: Any) -> TotpFactor:
        """Store an app of the owner that counts."""
        whole: dict[str, Any] = {
            "id": self.ids.new(),
            "tenant_id": self.tenant.id,
            "user_id": self.owner.id,
            "label": "Phone",
            "created_at": NOW,
            "confirmed_at": NOW,
            **given,
        }
        made = TotpFactor(**whole)
        self.database.totps[made.id] = made
        return made

    def asking(self, **given: Any) -> Asking:
        """Ask as the owner does."""
        whole: dict[str, Any] = {
            "user_id": self.owner.id,
            "tenant_id": self.tenant.id,
            "token_id": "token-1",
            "expires_at": NOW + HOUR,
            **given,
        }
        return Asking(principal=Principal(**whole), visitor=HOME, trace_id=TRACE)

    async def within(self, work: Callable[[IdentityScope], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.deps.transactions.begin() as scope:
            return await work(scope)

    def fresh(self) -> list[AuditEntry]:
        """Return the entries since the last look, without ids; notices among them are stored."""
        entries = self.database.audit[self._seen :]
        self._seen = len(self.database.audit)
        ids = [one.id for one in self.database.audit]
        assert all(isinstance(one, UUID) for one in ids)
        assert len(set(ids)) == len(ids)
        return [self._plain(one) for one in entries]

    def entry(
        self,
        action: str,
        *detail: tuple[str, str],
        subject: object = None,
        actor: str | None = None,
        trace_id: str = TRACE,
        at: datetime | None = None,
    ) -> AuditEntry:
        """Return an entry of now, by the owner and of the owner if nothing else is said."""
        owner = f"user:{self.owner.id}"
        return AuditEntry(
            id=NO_ID,
            tenant_id=self.tenant.id,
            actor=actor or owner,
            action=action,
            subject=str(subject or owner),
            at=at or self.clock.now(),
            trace_id=trace_id,
            detail=detail,
        )

    def _plain(self, entry: AuditEntry) -> AuditEntry:
        if not entry.action.startswith("notice.") or entry.action == "notice.read":
            return replace(entry, id=NO_ID)
        (name, told), *detail = entry.detail
        assert name == "notice"
        assert self.database.user_notices[UUID(told)] == UserNotice(
            id=UUID(told),
            tenant_id=entry.tenant_id,
            user_id=UUID(entry.subject.removeprefix("user:")),
            kind=entry.action.removeprefix("notice."),
            at=entry.at,
            detail=tuple(detail),
        )
        return replace(entry, id=NO_ID, detail=tuple(detail))


def shows(kind: FactorKind | None) -> Proof:
    """Return a proof that is good, of a kind; with None one that is good for nothing."""

    async def proof(_user: User) -> Spend:
        return spends(kind)

    return proof


def spends(kind: FactorKind | None) -> Spend:
    """Return what uses up a proof of a kind."""

    async def spend(_scope: IdentityScope, _at: datetime) -> FactorKind | None:
        return kind

    return spend
