"""Keep secrets out of the audit trail, by the names of values and by what they look like."""

import re
from collections.abc import Iterable
from functools import lru_cache

MASK = "***"

# Parts of names whose values nobody may read again. Fingerprints and ids tell nothing.
_SECRET_PARTS = frozenset(
    {
        "password",
        "passcode",
        "passphrase",
        "secret",
        "token",
        "otp",
        "totp",
        "pin",
        "seed",
        "hash",
        "cookie",
        "authorization",
        "credential",
        "credentials",
        "private",
        "mnemonic",
    }
)
_KEY_KINDS = frozenset({"api", "signing", "access", "encryption", "private", "command"})
_HARMLESS_ENDS = frozenset({"id", "at", "set", "count", "version", "kind", "name"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# What is a secret whatever it is called: a signed token, a private key, a password's hash,
# an address with a password in it.
_SECRET_FORMS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.|-----BEGIN [A-Z ]*PRIVATE KEY|\$argon2|\$2[aby]\$|://[^/\s:@]*:[^/\s@]+@"
)


def masked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values by name, those that are secrets hidden."""
    return {
        name: MASK if _is_secret(name) and value else _without_secrets(value)
        for name, value in pairs
    }


@lru_cache(maxsize=4_096)
def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _HARMLESS_ENDS:
        return False
    if not _SECRET_PARTS.isdisjoint(words):
        return True
    return words[-1] == "key" and not _KEY_KINDS.isdisjoint(words)


def _without_secrets(value: str) -> str:
    return MASK if _SECRET_FORMS.search(value) else value
