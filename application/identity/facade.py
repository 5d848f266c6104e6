"""Answer for who may come in."""

from dataclasses import dataclass

from application.identity.login import IssuedToken, Login, LoginRefused
from domain.identity.tenant import Principal
from ports.identity import AccessTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUseCases:
    """Everything that can be asked about users and their tokens."""

    tokens: AccessTokens
    logging_in: Login

    async def login(self, *, email: str, password: str) -> IssuedToken | LoginRefused:
        """Return a token for the right password; raises HasherBusy, storage errors."""
        return await self.logging_in(email=email, password=password)

    async def authenticate(self, token: str) -> Principal:
        """Return who a token names; raises InvalidToken. A known token costs no signature check."""
        return self.tokens.verify(token)
