"""Sign what this installation says with its signing key (port Statements): RSA, SHA-256."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from adapters.security.key_ring import KeySource
from ports.time import Clock

# No token can be taken for a statement, nor the other way round.
_PREFIX = b"ballast.statement.1\n"


class SignedStatements:
    """Statements signed with the key of the access tokens, under a prefix of their own."""

    def __init__(self, *, keys: KeySource, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def sign(self, text: str) -> str:
        """Return the signature, with the name of its key; raises UnusableKey."""
        key = self._keys.read().signing
        signed = key.private.sign(_PREFIX + text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{key.kid}.{base64.urlsafe_b64encode(signed).decode()}"

    def is_ours(self, text: str, *, signature: str) -> bool:
        """Tell whether a key of ours has signed exactly that; raises UnusableKey."""
        kid, _, encoded = signature.partition(".")
        key = self._keys.read().public(kid, now=self._clock.now())
        if key is None:
            return False
        try:
            signed = base64.urlsafe_b64decode(encoded)
            key.verify(signed, _PREFIX + text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
