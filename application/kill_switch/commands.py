"""Say what can be asked of the kill switch and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.kill_switch.latch import Latch, Level, Scope, stronger

RELEASE_ANSWER_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateKill:
    """Stop what is named of a tenant, or with nothing named all of it; NOBODY is the firm.

    flatten also closes positions, and is all that the passcode guards here.
    """

    tenant_id: UUID
    actor: str
    reason: str
    account_id: UUID | None = None
    strategy_id: str | None = None
    broker: str | None = None
    symbol: str | None = None
    level: Level = Level.HALTED
    flatten: bool = False
    passcode: str | None = None
    trace_id: str = ""

    @property
    def scope(self) -> Scope:
        """What is to be stopped; raises InvalidValue."""
        return Scope(
            tenant_id=self.tenant_id,
            account_id=self.account_id,
            strategy_id=self.strategy_id,
            broker=self.broker,
            symbol=self.symbol,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """No send is on its way and none will start; cancels and flattening go on behind.

    ack_ms is the time from the request to this certainty, in milliseconds.
    """

    latch: Latch
    ack_ms: float
    # Why the flattening that was asked for is not begun: the halt and its cancels stand.
    not_flattened: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasscodeRefused:
    """The passcode is missing or wrong; retry_after_s when the release is locked."""

    problem: str
    retry_after_s: int | None = None
    # It was compared, and is another; one that is missing was not.
    is_wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKill:
    """Let exactly this scope trade again; with to, only what reduces |position|.

    cancel_flatten: call off a flattening that is not done, such as one that waits for the open.
    answers are those to the release checklist, None from who does not know of it.
    """

    tenant_id: UUID
    actor: str
    reason: str
    account_id: UUID | None = None
    strategy_id: str | None = None
    broker: str | None = None
    symbol: str | None = None
    to: Level | None = None
    answers: Mapping[str, bool] | None = None
    passcode: str | None = None
    cancel_flatten: bool = False
    trace_id: str = ""
    # So long the books are waited for before the rest is done behind the answer.
    answer_s: float = RELEASE_ANSWER_S

    @property
    def scope(self) -> Scope:
        """What is to be released; raises InvalidValue."""
        return Scope(
            tenant_id=self.tenant_id,
            account_id=self.account_id,
            strategy_id=self.strategy_id,
            broker=self.broker,
            symbol=self.symbol,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The scope's latches are off, or let through what reduces |position|."""

    latches: tuple[Latch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """The release is asked for and kept; the latches hold until what is named is confirmed."""

    latches: tuple[Latch, ...]
    to_confirm: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReconciled:
    """The books do not agree with the broker's, or work is unfinished: it stays stopped."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistOpen:
    """A person has not answered yes to all that is to be looked at before a release."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NothingEngaged:
    """No latch is engaged on that scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPasscode:
    """Set or change the tenant's passcode; changing needs the current one."""

    tenant_id: UUID
    actor: str
    passcode: str
    current: str | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class PasscodeSet:
    """The passcode holds from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillState:
    """What is stopped in the tenant."""

    latches: tuple[Latch, ...]
    passcode_set: bool

    @property
    def trading(self) -> bool:
        """Whether nothing is stopped."""
        return not self.latches

    @property
    def level(self) -> Level | None:
        """How far the latch that stops most stops what it covers, None without any."""
        return stronger([latch.level for latch in self.latches])
