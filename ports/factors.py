"""What the core needs of second factors: who has which, their codes, and where they are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.identity.factors import BackupCode, Challenge, FactorSummary, Recovery, TotpFactor
from domain.identity.guessing import WrongTry
from domain.secrets.address import RowAddress
from ports.secrets import SealedRow

TABLE = "totp_factors"
COLUMN = "seed"
# So long after it was begun an enrolment that nobody confirmed is forgotten, seed and all.
UNCONFIRMED_S = 3_600.0


def address_of(factor: TotpFactor) -> RowAddress:
    """Return where an app's seed is sealed."""
    return RowAddress(tenant_id=factor.tenant_id, table=TABLE, column=COLUMN, row=str(factor.id))


class TotpCodes(Protocol):
    """Time-based one-time codes (RFC 6238)."""

    def step_of(self, code: str, *, seed: bytes, at: datetime) -> int | None:
        """Return the latest time step near `at` whose code that is, None when there is none."""
        ...

    def uri(self, *, seed: bytes, account: str) -> str:
        """Return the otpauth URI that an app reads the seed from."""
        ...

    def text(self, seed: bytes) -> str:
        """Return the seed as a person types it into an app."""
        ...

    def picture(self, uri: str) -> str:
        """Return the URI as a QR code in SVG."""
        ...


class FactorStore(Protocol):
    """Second factors within a transaction; take the user first, then what is theirs."""

    async def ways(self, user_id: UUID) -> FactorSummary:
        """Return which second factors a user has, passkeys too, without waiting."""
        ...

    async def totps(self, user_id: UUID) -> Sequence[TotpFactor]:
        """Return a user's apps that were not removed, oldest first, without waiting."""
        ...

    async def add_totp(self, factor: TotpFactor, *, sealed: SealedRow) -> None:
        """Store a new app with its seed; raises KeyStale."""
        ...

    async def keep_totp(self, factor: TotpFactor) -> None:
        """Replace the stored app of that id; a removed one's seed is erased."""
        ...

    async def use_step(self, factor_id: UUID, *, step: int, at: datetime) -> bool:
        """Keep that a code of this step was used; False where it, or a later one, was before.

        At once, however many ask: one wins. False for an app whose codes do not count.
        """
        ...

    async def put_codes(self, codes: Sequence[BackupCode], *, user_id: UUID, at: datetime) -> None:
        """Store a new set of backup codes, and make a user's earlier ones void."""
        ...

    async def use_code(self, digest: bytes, *, user_id: UUID, at: datetime) -> bool:
        """Use a backup code up; False where it is none of the user's, or spent. One wins."""
        ...

    async def codes_left(self, user_id: UUID) -> int:
        """Return how many backup codes a user has left."""
        ...

    async def challenge(self, digest: bytes) -> Challenge | None:
        """Return the challenge whose token has that SHA-256; it stays so until the exit."""
        ...

    async def keep_challenge(self, challenge: Challenge) -> None:
        """Store a challenge, in place of the one of that id."""
        ...

    async def void_challenges(self, *, user_id: UUID, at: datetime) -> None:
        """Let no open challenge of a user be answered any more."""
        ...

    async def tries(self, user_id: UUID, *, since: datetime) -> Sequence[WrongTry]:
        """Return the wrong proofs that were given for a user after a moment."""
        ...

    async def add_try(self, wrong: WrongTry, *, tenant_id: UUID, user_id: UUID) -> None:
        """Keep that a wrong proof was given."""
        ...

    async def recovery(self, user_id: UUID) -> Recovery | None:
        """Return a user's open request to take all factors away."""
        ...

    async def keep_recovery(self, recovery: Recovery) -> None:
        """Store a request, in place of the one of that id; a user has one open at most."""
        ...

    async def due_recoveries(
        self, *, tenant_id: UUID, now: datetime, limit: int, after: Recovery | None = None
    ) -> Sequence[Recovery]:
        """Return a tenant's open requests whose delay is over, the oldest behind `after`."""
        ...
