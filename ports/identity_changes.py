"""What the core needs so that every process knows within a second who may no longer come in."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.identity.change import IdentityChange
from domain.identity.tenant import Principal


class IdentityFeed(Protocol):
    """Changes of standing in the order in which they were committed; none is ever missed."""

    async def end(self) -> int:
        """Return the number of the latest change, 0 when there is none."""
        ...

    async def since(self, seq: int, *, limit: int) -> Sequence[IdentityChange]:
        """Return the changes behind a number, ascending."""
        ...


class IdentitySubscriber(Protocol):
    """Someone who remembers what the feed can make untrue."""

    def changed(self, change: IdentityChange) -> None:
        """Forget what was remembered of whom it concerns; must not wait."""
        ...

    def forget(self) -> None:
        """Forget everything: changes may have been missed."""
        ...


class CredentialStatus(Protocol):
    """Whether somebody's standing holds right now, read from where it is decided."""

    async def holds(self, principal: Principal) -> bool:
        """Tell whether the user may come in and the token's session, or token, is not over.

        A token of a session is over as soon as its user showed anew who they are: one from
        before that second says something else of it.

        Raises StorageUnavailable when that is not known.
        """
        ...

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        """Tell whether a command key may be used, and by that user if it is one's.

        Raises StorageUnavailable when that is not known.
        """
        ...
