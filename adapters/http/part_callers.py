"""Let in who asks a part on its own port: its users, and other parts of the installation."""

from collections.abc import Callable
from dataclasses import dataclass

from adapters.http.admission import Authenticates
from domain.identity.tenant import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCallers:
    """Knows the tokens of parts, and leaves all others to who knows users.

    of_part returns who asks by a part's token, raising InvalidToken; is_of_part says whether a
    token is meant to be one.
    """

    users: Authenticates
    is_of_part: Callable[[str], bool]
    of_part: Callable[[str], Principal]

    async def __call__(self, token: str) -> Principal:
        """Return who a token names; raises InvalidToken, StorageUnavailable."""
        return self.of_part(token) if self.is_of_part(token) else await self.users(token)

    async def signed(self, token: str) -> Principal:
        """Return the same by what a user's token says itself."""
        return self.of_part(token) if self.is_of_part(token) else await self.users.signed(token)

    def is_guess(self, token: str) -> bool:
        """Tell whether storage would be asked for a token that may be nobody's."""
        return not self.is_of_part(token) and self.users.is_guess(token)
