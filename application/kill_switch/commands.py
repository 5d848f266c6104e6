"""Say what can be asked of the kill switch and what comes back."""

from dataclasses import dataclass
from uuid import UUID

from domain.kill_switch.latch import Latch


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateKill:
    """Stop one account, or with account_id None every account of the tenant.

    flatten also closes positions, and is all that the passcode guards here.
    """

    tenant_id: UUID
    actor: str
    reason: str
    account_id: UUID | None = None
    flatten: bool = False
    passcode: str | None = None
    trace_id: str = ""


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
    """Let an account, or with account_id None the tenant, trade again.

    cancel_flatten: call off a flattening that is not done, such as one that waits for the open.
    """

    tenant_id: UUID
    actor: str
    reason: str
    account_id: UUID | None = None
    passcode: str | None = None
    cancel_flatten: bool = False
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The scope's latches are off."""

    latches: tuple[Latch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReconciled:
    """The books do not agree with the broker's, or work is unfinished: it stays stopped."""

    problem: str


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
