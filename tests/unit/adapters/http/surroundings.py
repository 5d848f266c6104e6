"""What a context stands on: a market with a past, tokens that end, a replay that stops."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.memory.market import MemoryMarket
from domain.identity.access import NOTHING, Access
from domain.identity.session import Session
from domain.identity.tenant import Principal
from domain.market.prices import Bar
from ports.attempts import Attempts
from ports.identity import AccessTokens, InvalidToken, PublicKey
from ports.market import ReplayPlace, ReplayState
from ports.rate_limits import RateLimits

# A Wednesday, an hour after the open.
NOW = datetime(2026, 1, 7, 15, 30, tzinfo=UTC)
_BEGAN = NOW - timedelta(days=31)


class RevocableTokens:
    """Access tokens that a test can take back."""

    def __init__(self, inner: AccessTokens) -> None:
        self._inner = inner
        self.revoked: set[str] = set()

    def issue(
        self,
        *,
        user_id: UUID,
        tenant_id: UUID,
        session: Session | None = None,
        access: Access = NOTHING,
    ) -> tuple[str, Principal]:
        """Return a token and what it says."""
        return self._inner.issue(
            user_id=user_id, tenant_id=tenant_id, session=session, access=access
        )

    def public_keys(self) -> Sequence[PublicKey]:
        """Return the inner ones."""
        return self._inner.public_keys()

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken."""
        if token in self.revoked:
            raise InvalidToken("the token was revoked")
        return self._inner.verify(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowing:
    """What slows guessing down."""

    attempts: Attempts
    limits: RateLimits


@dataclass(slots=True)
class MemoryReplay:
    """A replay that only knows whether it is paused, or has ended."""

    paused: bool = False
    ended: bool = False

    def pause(self) -> None:
        """Stop before the next event."""
        self.paused = True

    def resume(self) -> None:
        """Go on."""
        self.paused = False

    def state(self) -> ReplayState:
        """Return running or paused."""
        if self.ended:
            return ReplayState.FINISHED
        return ReplayState.PAUSED if self.paused else ReplayState.RUNNING

    def place(self) -> ReplayPlace:
        """Return where it ended."""
        return ReplayPlace(at=NOW)


def history() -> MemoryMarket:
    """Return a market that knows thirty days of AAPL and MSFT."""
    market = MemoryMarket(at=_BEGAN)
    for bar in _bars():
        market.record(bar)
    market.set_time(NOW)
    return market


@functools.cache
def _bars() -> tuple[Bar, ...]:
    """Make the bars once: every desk has the same, and none can change them."""
    bars = []
    for day in range(30):
        opened = _BEGAN + timedelta(days=day)
        for symbol, step in (("AAPL", 3), ("MSFT", 7)):
            close = Decimal(100 + day * step % 5)
            bars.append(
                Bar(
                    symbol=symbol,
                    opened_at=opened,
                    closed_at=opened + timedelta(hours=6),
                    open=close,
                    high=close + 1,
                    low=close - 1,
                    close=close,
                    volume=Decimal(1_000_000),
                )
            )
    return tuple(bars)
