"""Keep passkeys and open challenges in memory, within a change of users and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.table import Table
from domain.identity.passkey import Passkey, PasskeyChallenge
from ports.storage import ConstraintBroken


@dataclass(frozen=True, slots=True)
class MemoryPasskeys:
    """Passkeys as one transaction sees them (port PasskeyStore)."""

    passkeys: Table[UUID, Passkey]
    challenges: Table[bytes, PasskeyChallenge]

    async def get(self, passkey_id: UUID) -> Passkey | None:
        """Return a passkey."""
        return self.passkeys.get(passkey_id)

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey of that credential."""
        found = (one for one in self.passkeys.values() if one.credential_id == credential_id)
        return next(found, None)

    async def of(self, user_id: UUID) -> Sequence[Passkey]:
        """Return a user's passkeys by ascending id."""
        found = [one for one in self.passkeys.values() if one.user_id == user_id]
        return sorted(found, key=lambda one: one.id)

    async def add(self, passkey: Passkey) -> bool:
        """Store a new passkey; False when there is one of that credential."""
        if await self.by_credential(passkey.credential_id) is not None:
            return False
        self.passkeys.put(passkey.id, passkey)
        return True

    async def update(self, passkey: Passkey) -> None:
        """Keep one that is there."""
        if self.passkeys.get(passkey.id) is not None:
            self.passkeys.put(passkey.id, passkey)

    async def remove(self, passkey_id: UUID) -> None:
        """Delete a passkey."""
        self.passkeys.drop(passkey_id)

    async def ask(self, challenge: PasskeyChallenge) -> None:
        """Store a challenge that is handed out."""
        if self.challenges.get(challenge.digest) is not None:
            raise ConstraintBroken("a challenge was drawn twice")
        self.challenges.put(challenge.digest, challenge)

    async def take(self, digest: bytes) -> PasskeyChallenge | None:
        """Return the challenge of that SHA-256 and delete it."""
        found = self.challenges.get(digest)
        if found is not None:
            self.challenges.drop(digest)
        return found
