"""Know producers by the keys that they sign commands with."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from domain.shared.json_names import RepeatedName, load_unambiguous
from domain.shared.names import SEEN_PATTERN
from ports.command_keys import Producer

SECRET_MIN = 32
_SECRET_MAX = 512
_KEYS_MAX = 1_000
_FIELDS = {"id", "secret", "tenant", "actor", "accounts", "user"}
_USER = "user:"
_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_ACTOR = re.compile(SEEN_PATTERN)


class UnusableCommandKeys(ValueError):
    """The list of keys cannot be taken; the message repeats no secret."""


class HmacCommandKeys:
    """HMAC-SHA256 keys, each bound to a tenant and an actor (port CommandKeys)."""

    def __init__(self, keys: Iterable[tuple[Producer, bytes]]) -> None:
        self._keys: Mapping[str, tuple[Producer, bytes]] = {
            producer.key_id: (producer, secret) for producer, secret in keys
        }

    def __repr__(self) -> str:
        return f"HmacCommandKeys({sorted(self._keys)})"

    def __len__(self) -> int:
        return len(self._keys)

    def names(self) -> tuple[tuple[UUID, str], ...]:
        """Return whose keys there are, and their ids."""
        return tuple((producer.tenant_id, producer.key_id) for producer, _ in self._keys.values())

    def verify(self, *, key_id: str, content: bytes, mac: bytes) -> Producer | None:
        """Return whose key made the MAC, None for any doubt."""
        # An unknown key takes as long as a wrong signature.
        producer, secret = self._keys.get(key_id, (None, b"\0" * SECRET_MIN))
        held = hmac.compare_digest(hmac.digest(secret, content, hashlib.sha256), mac)
        return producer if held else None


def read_command_keys(text: str | None) -> HmacCommandKeys:
    """Read a JSON list of keys; without one nobody may send. Raises UnusableCommandKeys."""
    if text is None:
        return HmacCommandKeys(())
    try:
        listed = load_unambiguous(text)
    except RepeatedName as repeated:
        raise UnusableCommandKeys(str(repeated)) from None
    except (ValueError, RecursionError):
        raise UnusableCommandKeys("must be a JSON list of keys") from None
    if not isinstance(listed, list) or len(listed) > _KEYS_MAX:
        raise UnusableCommandKeys(f"must be a JSON list of at most {_KEYS_MAX} keys")
    keys = [_key(one, number=number) for number, one in enumerate(listed, 1)]
    ids = [producer.key_id for producer, _ in keys]
    if len(set(ids)) < len(ids):
        raise UnusableCommandKeys("two keys have the same id")
    return HmacCommandKeys(keys)


def _key(one: Any, *, number: int) -> tuple[Producer, bytes]:
    def wrong(field: str, problem: str) -> UnusableCommandKeys:
        return UnusableCommandKeys(f"key {number}: {field} {problem}")

    if not isinstance(one, dict) or not one.keys() <= _FIELDS:
        raise UnusableCommandKeys(f"key {number}: must have {', '.join(sorted(_FIELDS))} only")
    key_id, secret, actor = one.get("id"), one.get("secret"), one.get("actor")
    if not isinstance(key_id, str) or not _NAME.fullmatch(key_id):
        raise wrong("id", "must be 1 to 64 printable ASCII characters without spaces")
    if not isinstance(secret, str) or not SECRET_MIN <= len(secret) <= _SECRET_MAX:
        raise wrong("secret", f"must be {SECRET_MIN} to {_SECRET_MAX} characters")
    if not isinstance(actor, str) or not (1 <= len(actor) <= 64 and _ACTOR.search(actor)):
        raise wrong("actor", "must be 1 to 64 characters that can be seen")
    accounts = one.get("accounts")
    if accounts is not None and not isinstance(accounts, list):
        raise wrong("accounts", "must be a list of account ids")
    try:
        producer = Producer(
            key_id=key_id,
            tenant_id=UUID(one.get("tenant")),
            actor=actor,
            accounts=None if accounts is None else frozenset(UUID(each) for each in accounts),
            user_id=_user(one.get("user"), actor=actor),
        )
    except (ValueError, TypeError, AttributeError):
        raise wrong("tenant, user or accounts", "must be ids") from None
    return producer, secret.encode()


def _user(given: Any, *, actor: str) -> UUID | None:
    """Return whose rights the key has; one that signs as a user has that user's."""
    named = UUID(given) if given is not None else None
    if actor.startswith(_USER):
        signing = UUID(actor.removeprefix(_USER))
        if named not in (None, signing):
            raise ValueError("the key signs as another user")
        return signing
    return named
