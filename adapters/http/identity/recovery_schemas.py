"""Show a request to take all of a user's factors away."""

import msgspec

from adapters.http.wire import moment
from domain.identity.factors import Recovery


class RecoveryView(msgspec.Struct):
    """A request to take all factors away, and when that is done; DELETE /recovery cancels it."""

    asked_at: str
    effective_at: str


def recovery_view(recovery: Recovery) -> RecoveryView:
    """Show a request for recovery."""
    return RecoveryView(
        asked_at=moment(recovery.asked_at), effective_at=moment(recovery.effective_at)
    )


def open_recovery_view(recovery: Recovery | None) -> RecoveryView | None:
    """Show the open request, if there is one."""
    return recovery_view(recovery) if recovery is not None else None
