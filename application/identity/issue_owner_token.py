"""Issue a token for the owner to whoever holds the signing key, without a password."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.issued import IssuedToken
from domain.identity.access import Role, access_of
from ports.identity import AccessTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOwnerToken:
    """The key is the proof: who can sign needs no password."""

    tokens: AccessTokens

    def __call__(self, *, user_id: UUID, tenant_id: UUID) -> IssuedToken:
        """Return a token for the owner."""
        token, principal = self.tokens.issue(
            user_id=user_id, tenant_id=tenant_id, access=access_of(Role.OWNER, grants={})
        )
        return IssuedToken(token=token, expires_at=principal.expires_at, principal=principal)
