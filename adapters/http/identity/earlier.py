"""Show what let a user in before a new factor."""

import msgspec

from application.identity.factor_added import EarlierAccess


class EarlierAccessView(msgspec.Struct):
    """What let one in before the factor: sessions, and personal access tokens, which go on."""

    sessions_ended: int
    sessions_open: int
    personal_tokens: int


def earlier_view(earlier: EarlierAccess) -> EarlierAccessView:
    """Show it to its user."""
    return EarlierAccessView(
        sessions_ended=earlier.sessions_ended,
        sessions_open=earlier.sessions_open,
        personal_tokens=earlier.personal_tokens,
    )
