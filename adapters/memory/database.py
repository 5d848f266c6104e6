"""Keep everything in memory, behind one door that applies changes whole or not at all."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.accounts.account import Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.book_change import Reply
from domain.accounts.decision import Decision
from domain.accounts.ledger import EntryKind, LedgerTransaction
from domain.agents.agent import Agent
from domain.audit.chain import Link
from domain.audit.entry import AuditEntry
from domain.identity.change import IdentityChange
from domain.identity.factors import BackupCode, Challenge, Recovery, TotpFactor
from domain.identity.guessing import WrongTry
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.login_features import LoginFailure, LoginRecord
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.identity.passkey import Passkey, PasskeyChallenge
from domain.identity.personal_token import PersonalToken
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session
from domain.identity.tenant import Tenant, User
from domain.kill_switch.latch import Latch
from domain.kill_switch.passcode import Passcode
from domain.kill_switch.venue import LatchVenue
from domain.orders.order import Fill, Order
from domain.orders.states import IllegalTransition, OrderState, is_legal
from domain.performance.history import EquityPoint
from domain.risk.breach import Breach
from domain.risk.rule import Rule
from domain.secrets.address import RowAddress
from domain.secrets.api_key import ApiKey
from domain.secrets.keys import KeyMark
from domain.secrets.sealed import SealedSecret
from domain.shared.notices import Notice
from domain.streams.alarms import Alarm
from ports.consumers import RestartRequest


async def no_pause() -> None:
    """Go on at once."""


@dataclass(slots=True, kw_only=True)
class HeldName:
    """A lease as stored: nobody's when the holder is empty; its token only grows."""

    holder: str
    token: int
    lapses_at: float


@dataclass(slots=True)
class NoticeCounts:
    """How many notices without an account each channel of a tenant has, of the first so many."""

    seen: int = 0
    last: Counter[tuple[UUID, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class MemoryDatabase:
    """What a server would keep: it outlives the adapters, as a disk outlives a process."""

    books: dict[UUID, AccountBook] = field(default_factory=dict)
    portfolios: dict[UUID, Portfolio] = field(default_factory=dict)
    orders: dict[UUID, Order] = field(default_factory=dict)
    client_ids: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    trades: set[tuple[UUID, UUID, str]] = field(default_factory=set)
    ledger: list[LedgerTransaction] = field(default_factory=list)
    references: set[tuple[UUID, EntryKind, str]] = field(default_factory=set)
    decisions: dict[UUID, list[Decision]] = field(default_factory=dict)
    replies: dict[tuple[UUID, str], Reply] = field(default_factory=dict)
    # Request hashes of keys that were claimed for answers kept elsewhere.
    claimed: dict[tuple[UUID, str], bytes] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    # The chains, and how many of the entries are in them.
    audit_links: dict[UUID, list[Link]] = field(default_factory=dict)
    audit_sealed: int = 0
    audit_anchored: int = 0
    # How often an order of a tenant was put, fenced, in a symbol.
    symbol_versions: dict[tuple[UUID, str], int] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    notice_counts: NoticeCounts = field(default_factory=NoticeCounts)
    latches: dict[UUID, Latch] = field(default_factory=dict)
    latch_venues: dict[tuple[UUID, str], LatchVenue] = field(default_factory=dict)
    passcodes: dict[UUID, Passcode] = field(default_factory=dict)
    # Ordinary records by table, how often those of a tenant were changed, and the counts of
    # changes that decisions are fenced by.
    records: dict[str, dict[UUID, Any]] = field(default_factory=dict)
    revisions: dict[UUID, int] = field(default_factory=dict)
    counts: dict[str, dict[UUID, int]] = field(default_factory=dict)
    breaches: dict[tuple[UUID, UUID, int], Breach] = field(default_factory=dict)
    equity: dict[tuple[UUID, int, datetime], EquityPoint] = field(default_factory=dict)
    # By broker: all its reports up to here were applied, and those above it, each by the
    # account whose change came from it.
    heard: dict[str, int] = field(default_factory=dict)
    applied: dict[tuple[str, int], UUID] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    # Which lap of the replay the books are of.
    lap: int = 1
    leases: dict[str, HeldName] = field(default_factory=dict)
    tenants: dict[UUID, Tenant] = field(default_factory=dict)
    users: dict[UUID, User] = field(default_factory=dict)
    members: dict[UUID, Member] = field(default_factory=dict)
    personal_tokens: dict[UUID, PersonalToken] = field(default_factory=dict)
    # Raised by every change of what follows here, and of the users.
    identity_version: int = 0
    devices: dict[UUID, Device] = field(default_factory=dict)
    logins: dict[UUID, LoginRecord] = field(default_factory=dict)
    login_failures: dict[UUID, LoginFailure] = field(default_factory=dict)
    user_notices: dict[UUID, UserNotice] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    refreshes: dict[bytes, RefreshToken] = field(default_factory=dict)
    invitations: dict[UUID, Invitation] = field(default_factory=dict)
    resets: dict[UUID, PasswordReset] = field(default_factory=dict)
    passkeys: dict[UUID, Passkey] = field(default_factory=dict)
    passkey_challenges: dict[bytes, PasskeyChallenge] = field(default_factory=dict)
    ended_tokens: dict[str, datetime] = field(default_factory=dict)
    command_keys: set[tuple[UUID, str]] = field(default_factory=set)
    disabled_keys: set[tuple[UUID, str]] = field(default_factory=set)
    identity_changes: list[IdentityChange] = field(default_factory=list)
    # Commands that were begun: the hash of their content, and when.
    begun: dict[tuple[UUID, UUID], tuple[bytes, datetime]] = field(default_factory=dict)
    alarms: dict[tuple[str, str], Alarm] = field(default_factory=dict)
    restarts: dict[UUID, RestartRequest] = field(default_factory=dict)
    key_marks: dict[int, KeyMark] = field(default_factory=dict)
    secrets: dict[RowAddress, SealedSecret] = field(default_factory=dict)
    totps: dict[UUID, TotpFactor] = field(default_factory=dict)
    backup_codes: dict[bytes, BackupCode] = field(default_factory=dict)
    challenges: dict[UUID, Challenge] = field(default_factory=dict)
    recoveries: dict[UUID, Recovery] = field(default_factory=dict)
    # The wrong proofs, each with whose it was to be.
    factor_tries: list[tuple[UUID, WrongTry]] = field(default_factory=list)

    @property
    def rules(self) -> dict[UUID, Rule]:
        """The risk rules of all tenants."""
        kept: dict[UUID, Any] = self.records.setdefault("risk_rules", {})
        return kept

    @property
    def api_keys(self) -> dict[UUID, ApiKey]:
        """The API keys of all tenants."""
        return self.records.setdefault("api_keys", {})

    @property
    def agents(self) -> dict[UUID, Agent]:
        """The agents of all tenants."""
        kept: dict[UUID, Any] = self.records.setdefault("agents", {})
        return kept

    @property
    def rules_versions(self) -> dict[UUID, int]:
        """The versions of the tenants' rule sets."""
        return self.counts.setdefault("rule_sets", {})

    def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return what is known of a used key: its answer, or only the hash of a claim."""
        claimed = self.claimed.get((tenant_id, key))
        if claimed is not None:
            return Reply(key=key, request_hash=claimed, status=0, body=b"")
        return self.replies.get((tenant_id, key))

    def check_moves(self, orders: tuple[Order, ...]) -> None:
        """Refuse orders whose stored state does not lead to the new one.

        The Postgres adapter has a trigger for this: no code path may skip the table.
        """
        for order in orders:
            stored = self.orders.get(order.id)
            before = OrderState.INITIALIZED if stored is None else stored.state
            stays = stored is not None and before is order.state
            if not stays and not is_legal(before, order.state):
                raise IllegalTransition(before=before, after=order.state, order=str(order.id))


@dataclass(frozen=True, slots=True)
class MemoryLink:
    """A process's connection to the database: every use is a point where others may run.

    pause is awaited before and after each use; check raises when the process is dead, so
    that what a crashed process left behind can never write.
    """

    database: MemoryDatabase
    pause: Callable[[], Awaitable[None]] = no_pause
    check: Callable[[], None] = lambda: None

    async def enter(self) -> MemoryDatabase:
        """Wait for the turn and return the database."""
        await self.pause()
        self.check()
        return self.database
