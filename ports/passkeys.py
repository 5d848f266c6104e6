"""What the core needs to ask for passkeys, to check their answers, and to keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.identity.passkey import Passkey, PasskeyChallenge
from domain.identity.tenant import User


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """What a browser sends of a credential that was just made, nothing of it checked."""

    credential_id: bytes
    client_data: bytes = field(repr=False)
    attestation: bytes = field(repr=False)
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a browser sends of a credential that answers a challenge, nothing of it checked."""

    credential_id: bytes
    client_data: bytes = field(repr=False)
    authenticator_data: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    user_handle: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCredential:
    """A credential whose making was checked; user_verified: by a PIN or by their body."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: UUID
    backup_eligible: bool
    backed_up: bool
    user_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAnswer:
    """What a good answer says beside being one; whether the count may stand is not judged."""

    sign_count: int
    backed_up: bool
    user_verified: bool


class Flaw(StrEnum):
    """Why something that could be read does not hold."""

    TYPE = "type"
    CHALLENGE = "challenge"
    ORIGIN = "origin"
    # Asked from within a frame of another site.
    CROSS_ORIGIN = "cross_origin"
    RELYING_PARTY = "relying_party"
    USER_ABSENT = "user_absent"
    USER_UNVERIFIED = "user_unverified"
    CREDENTIAL = "credential"
    USER_HANDLE = "user_handle"
    ALGORITHM = "algorithm"
    ATTESTATION = "attestation"
    BACKUP = "backup"
    SIGNATURE = "signature"


class PasskeyCeremonies(Protocol):
    """Write what browsers are asked, and check what they answer (Web Authentication Level 3).

    Nothing here waits or remembers. What cannot be read raises InvalidValue, which names the
    field as the request's body does, behind `credential`; what can be read and does not hold
    is a Flaw.
    """

    def creation_options(self, *, challenge: bytes, user: User, known: Sequence[Passkey]) -> bytes:
        """Return PublicKeyCredentialCreationOptionsJSON; authenticators of known ones refuse."""
        ...

    def request_options(
        self, *, challenge: bytes, allowed: Sequence[Passkey] = (), verified: bool = True
    ) -> bytes:
        """Return PublicKeyCredentialRequestOptionsJSON.

        allowed: whose answer counts; without any the authenticator offers what it has.
        verified: whether the user has to show a PIN or themselves, not only to be there.
        """
        ...

    def challenge_of(self, client_data: bytes) -> bytes:
        """Return the challenge that is answered, not yet checked; raises InvalidValue."""
        ...

    def made(self, sent: NewCredential, *, challenge: bytes) -> MadeCredential | Flaw:
        """Return a credential whose making holds; raises InvalidValue."""
        ...

    def answered(
        self, sent: Assertion, *, challenge: bytes, passkey: Passkey, verified: bool = True
    ) -> PasskeyAnswer | Flaw:
        """Return what an answer says that the passkey's own key signed; raises InvalidValue."""
        ...


class PasskeyStore(Protocol):
    """Passkeys and open challenges of all tenants, within a change of users and sessions."""

    async def get(self, passkey_id: UUID) -> Passkey | None:
        """Return a passkey; until the exit nobody else changes it."""
        ...

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey of that credential, without waiting for who changes it."""
        ...

    async def of(self, user_id: UUID) -> Sequence[Passkey]:
        """Return a user's passkeys by ascending id (the order they came), without waiting."""
        ...

    async def add(self, passkey: Passkey) -> bool:
        """Store a new passkey; False when there is one of that credential, whoever has it."""
        ...

    async def update(self, passkey: Passkey) -> None:
        """Keep the label, the count, the backup and the last use of one that is there."""
        ...

    async def remove(self, passkey_id: UUID) -> None:
        """Delete a passkey."""
        ...

    async def ask(self, challenge: PasskeyChallenge) -> None:
        """Store a challenge that is handed out."""
        ...

    async def take(self, digest: bytes) -> PasskeyChallenge | None:
        """Return the challenge of that SHA-256 and delete it: of many at once one gets it.

        It comes back if the transaction does not commit.
        """
        ...
