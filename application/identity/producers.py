"""Tell whether who signed a command may still send any."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from domain.identity.change import IdentityChange
from ports.identity_changes import CredentialStatus

KEPT_MAX = 10_000
_USER = "user:"

_Key = tuple[UUID, str, str]


@dataclass(slots=True, kw_only=True)
class Producers:
    """Remembers which keys hold, until the feed says something of the tenant (ProducerStatus).

    An actor that is named as a user (user:<id>) is that user: disabled, neither sends.
    """

    credential_status: CredentialStatus
    is_current: Callable[[], bool] = lambda: False
    _holding: set[_Key] = field(default_factory=set, init=False)
    _turn: int = field(default=0, init=False)

    async def may_send(self, *, tenant_id: UUID, key_id: str, actor: str) -> bool:
        """Tell whether neither the key nor the user behind it is disabled."""
        key = (tenant_id, key_id, actor)
        if key in self._holding and self.is_current():
            return True
        turn = self._turn
        user_id: UUID | None = None
        if actor.startswith(_USER):
            try:
                user_id = UUID(actor.removeprefix(_USER))
            except ValueError:
                # It names a user who cannot be.
                return False
        holds = await self.credential_status.key_holds(
            tenant_id=tenant_id, key_id=key_id, user_id=user_id
        )
        if holds and turn == self._turn and self.is_current() and len(self._holding) < KEPT_MAX:
            self._holding.add(key)
        return holds

    def changed(self, change: IdentityChange) -> None:
        """Forget what is remembered of the tenant's keys."""
        self._turn += 1
        self._holding = {key for key in self._holding if key[0] != change.tenant_id}

    def forget(self) -> None:
        """Forget everything."""
        self._turn += 1
        self._holding.clear()
