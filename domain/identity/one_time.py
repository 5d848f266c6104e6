"""Make secrets that are shown once and kept as their SHA-256 only."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum

SECRET_BYTES = 32
# A prefix, a hyphen-free body of 43 letters: nothing longer is even looked at.
LENGTH_MAX = 64


class Prefix(StrEnum):
    """What a secret is for, readable at its beginning; scanners for secrets find it by that."""

    REFRESH = "blr_"
    DEVICE = "bld_"
    INVITATION = "bli_"
    RESET = "blp_"
    CHALLENGE = "blc_"
    SUCCESSION = "bls_"


def secret_text(prefix: Prefix, *, drawn: bytes) -> str:
    """Write 32 random bytes as a secret."""
    if len(drawn) != SECRET_BYTES:
        raise ValueError(f"a secret is made of {SECRET_BYTES} random bytes")
    return prefix.value + urlsafe_b64encode(drawn).rstrip(b"=").decode()


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def successor_of(secret: str, *, salt: bytes) -> str:
    """Return the refresh token that follows one: the same for the same salt, from both only."""
    drawn = hmac.digest(salt, secret.encode(errors="surrogatepass"), "sha256")
    return secret_text(Prefix.REFRESH, drawn=drawn)
