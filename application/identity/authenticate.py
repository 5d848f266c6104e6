"""Tell who a token names and what they may do, for as long as they may come in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from application.identity.rights import Rights
from domain.identity.access import NOTHING
from domain.identity.change import IdentityChange
from domain.identity.personal_token import is_personal
from domain.identity.tenant import Principal
from domain.shared.frozen import changer
from ports.identity import AccessTokens, InvalidToken
from ports.identity_changes import CredentialStatus
from ports.storage import StorageUnavailable

KEPT_MAX = 10_000
OVER_MAX = 1_000
_with_access = changer(Principal)
_OVER = "the token or its session is over: refresh it, or log in again"


@dataclass(slots=True, kw_only=True)
class Authenticate:
    """Remembers whose standing was asked, until the feed says that it changed.

    Without a current feed storage is asked each time, and nobody comes in while it does not
    answer. A personal access token has no session: its member's rights decide alone.
    """

    tokens: AccessTokens
    credential_status: CredentialStatus
    rights: Rights
    is_current: Callable[[], bool] = lambda: False
    kept_max: int = KEPT_MAX
    # Token ids that hold, and by user which those are.
    _holding: dict[str, UUID] = field(default_factory=dict, init=False)
    _of_user: dict[UUID, set[str]] = field(default_factory=dict, init=False)
    # Token ids that no longer hold, and whose they are.
    _over: dict[str, UUID] = field(default_factory=dict, init=False)
    # Raised by whatever the feed says.
    _turn: int = field(default=0, init=False)

    async def __call__(self, token: str) -> Principal:
        """Return who a token names, with their rights; raises InvalidToken, StorageUnavailable."""
        if is_personal(token):
            return await self.rights.of_personal(token)
        principal = self.tokens.verify(token)
        if principal.token_id in self._holding and self.is_current():
            known = self.rights.known(principal)
            return known if known is not None else await self.rights.of(principal)
        if principal.token_id in self._over and self.is_current():
            raise InvalidToken(_OVER)
        turn = self._turn
        if not await self.credential_status.holds(principal):
            if turn == self._turn and self.is_current():
                self._note_over(principal)
            raise InvalidToken(_OVER)
        # What came from the feed while we asked may not be in the answer.
        if turn == self._turn and self.is_current():
            self._keep(principal)
        return await self.rights.of(principal)

    async def signed(self, token: str) -> Principal:
        """Return who a token names with what it says itself that they may do: to stop trading.

        For while storage cannot be asked: signature, expiry and signed rights suffice. One that
        is known to be over is refused all the same. A personal access token has no signature: it
        is good if it was so lately, as far as this process knows. Raises InvalidToken, and
        StorageUnavailable for one that says nothing of it, or was not seen.
        """
        if is_personal(token):
            return self.rights.vouched(token)
        principal = self.tokens.verify(token)
        if principal.token_id in self._over:
            raise InvalidToken(_OVER)
        if principal.signed == NOTHING:
            raise StorageUnavailable("the token says of nothing that its user may stop it")
        return _with_access(principal, access=principal.signed)

    def is_guess(self, token: str) -> bool:
        """Tell whether storage would be asked for a token that may be nobody's.

        Access tokens are ours by their signature, and what ended is remembered.
        """
        return is_personal(token) and not self.rights.has_seen(token)

    def changed(self, change: IdentityChange) -> None:
        """Forget what is remembered of whom it concerns."""
        self._turn += 1
        if change.user_id is not None:
            if change.user_id in self._over.values():
                self._over = {
                    token_id: user_id
                    for token_id, user_id in self._over.items()
                    if user_id != change.user_id
                }
            for token_id in self._of_user.pop(change.user_id, ()):
                self._holding.pop(token_id, None)

    def forget(self) -> None:
        """Forget everything."""
        self._turn += 1
        self._holding.clear()
        self._of_user.clear()
        self._over.clear()

    def _note_over(self, principal: Principal) -> None:
        if len(self._over) >= OVER_MAX:
            del self._over[next(iter(self._over))]
        self._over[principal.token_id] = principal.user_id

    def _keep(self, principal: Principal) -> None:
        if len(self._holding) >= self.kept_max:
            oldest = next(iter(self._holding))
            user_id = self._holding.pop(oldest)
            others = self._of_user[user_id]
            others.discard(oldest)
            if not others:
                del self._of_user[user_id]
        self._holding[principal.token_id] = principal.user_id
        self._of_user.setdefault(principal.user_id, set()).add(principal.token_id)
