"""Sign the tokens of a session."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.identity.open_session import OpenedSession
from domain.identity.factors import Recovery
from domain.identity.tenant import Principal
from ports.identity import AccessTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRefresh:
    """A refresh token, good once; device_token is what must come with it."""

    token: str = field(repr=False)
    device_token: str = field(repr=False)
    session_id: UUID
    # When it lapses if it is not used.
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A signed access token and what it says."""

    token: str = field(repr=False)
    expires_at: datetime
    principal: Principal
    refresh: IssuedRefresh | None = None
    # An open request to take the user's factors away, to be shown to whoever is let in.
    recovery: Recovery | None = None


def issued(tokens: AccessTokens, opened: OpenedSession) -> IssuedToken:
    """Sign an access token for a session, and return it with the refresh token."""
    session = opened.session
    token, principal = tokens.issue(
        user_id=session.user_id,
        tenant_id=session.tenant_id,
        session=session,
        access=opened.access,
    )
    refresh = None
    if opened.refresh_token is not None and opened.device_token is not None:
        refresh = IssuedRefresh(
            token=opened.refresh_token,
            device_token=opened.device_token,
            session_id=session.id,
            lapses_at=session.lapses_at,
        )
    return IssuedToken(
        token=token,
        expires_at=principal.expires_at,
        principal=principal,
        refresh=refresh,
        recovery=opened.recovery,
    )
