"""Answer for who may come in."""

from dataclasses import dataclass

from application.identity.login import IssuedToken, Login, LoginRefused
from application.identity.rights import Rights
from domain.identity.personal_token import is_personal
from domain.identity.tenant import Principal
from ports.identity import AccessTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUseCases:
    """Everything that can be asked about users and their tokens."""

    tokens: AccessTokens
    logging_in: Login
    rights: Rights

    async def login(self, *, email: str, password: str) -> IssuedToken | LoginRefused:
        """Return a token for the right password; raises HasherBusy, storage errors."""
        return await self.logging_in(email=email, password=password)

    async def authenticate(self, token: str) -> Principal:
        """Return who a token names and what they may do; raises InvalidToken, storage errors.

        A known token costs no signature check, and a known member nothing to wait for.
        """
        if is_personal(token):
            return await self.rights.of_personal(token)
        identified = self.tokens.verify(token)
        known = self.rights.known(identified)
        return known if known is not None else await self.rights.of(identified)
