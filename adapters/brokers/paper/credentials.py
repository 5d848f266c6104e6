"""Know the API keys of a paper venue: who was given one, and what it may do."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from domain.secrets.api_key import Credentials, Environment, KeyPermission
from domain.shared.json_names import RepeatedName, load_unambiguous
from ports.broker_credentials import CredentialsHold, CredentialsRefused

KEYS_MAX = 10_000


class UnusableCredentials(ValueError):
    """A list of credentials cannot be taken; the message repeats none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key that the venue gave out; what proves it is kept as a hash only."""

    key: str
    permissions: frozenset[KeyPermission]
    proof: bytes = field(repr=False)


class CredentialBook:
    """The keys of one venue, as brokers keep them (port BrokerCredentials)."""

    def __init__(self, issued: Iterable[IssuedKey] = ()) -> None:
        self._issued = {one.key: one for one in issued}

    def __repr__(self) -> str:
        return f"CredentialBook({len(self._issued)} keys)"

    def issue(self, credentials: Credentials, *, permissions: frozenset[KeyPermission]) -> None:
        """Give a key out, or change what it may do; raises UnusableCredentials when full."""
        if len(self._issued) >= KEYS_MAX and credentials.key not in self._issued:
            raise UnusableCredentials(f"a venue gives out {KEYS_MAX} keys at most")
        self._issued[credentials.key] = issued(credentials, permissions=permissions)

    def revoke(self, key: str) -> bool:
        """Take a key back; tell whether there was one."""
        return self._issued.pop(key, None) is not None

    async def verify(self, credentials: Credentials) -> CredentialsHold | CredentialsRefused:
        """Return what a key may do; a wrong secret is told like an unknown key."""
        known = self._issued.get(credentials.key)
        expected = known.proof if known is not None else b""
        if not hmac.compare_digest(_proof(credentials), expected) or known is None:
            return CredentialsRefused("the venue knows no such key with that secret")
        return CredentialsHold(environment=Environment.PAPER, permissions=known.permissions)


def issued(credentials: Credentials, *, permissions: frozenset[KeyPermission]) -> IssuedKey:
    """Return a key as a venue keeps it."""
    return IssuedKey(key=credentials.key, permissions=permissions, proof=_proof(credentials))


def read_issued(text: str | None) -> tuple[IssuedKey, ...]:
    """Read a JSON list of keys; none without one. Raises UnusableCredentials."""
    if text is None:
        return ()
    try:
        listed: Any = load_unambiguous(text)
    except RepeatedName as repeated:
        raise UnusableCredentials(str(repeated)) from None
    except (ValueError, RecursionError):
        raise UnusableCredentials("must be a JSON list of keys") from None
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise UnusableCredentials(f"must be a JSON list of at most {KEYS_MAX} keys")
    return tuple(_one(each, number=number) for number, each in enumerate(listed, 1))


def _one(said: Any, *, number: int) -> IssuedKey:
    try:
        permissions = frozenset(KeyPermission(one) for one in said["permissions"])
        credentials = Credentials(
            key=said["key"], secret=said["secret"], passphrase=said.get("passphrase")
        )
        return issued(credentials, permissions=permissions)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnusableCredentials(
            f"key {number} must have key, secret (16 characters or more) and permissions"
            " (read, trade, withdraw)"
        ) from None


def _proof(credentials: Credentials) -> bytes:
    said = json.dumps([credentials.key, credentials.secret, credentials.passphrase])
    return hashlib.sha256(said.encode(errors="surrogatepass")).digest()
