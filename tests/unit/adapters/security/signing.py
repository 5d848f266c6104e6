"""Make signing keys once for all tests: each takes a fraction of a second."""

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from adapters.security.keys import BITS, SigningKey, key_from_pem


@cache
def signing_key() -> SigningKey:
    """Return the key that the tests sign with."""
    return key_from_pem(pem(), source="test")


@cache
def other_key() -> SigningKey:
    """Return a key that nobody trusts."""
    return key_from_pem(pem(number=2), source="test")


@cache
def pem(*, bits: int = BITS, number: int = 1) -> bytes:
    """Return an RSA key as a PEM text, the same for the same number."""
    del number
    return written(generate_private_key(public_exponent=65537, key_size=bits))


def written(key: RSAPrivateKey) -> bytes:
    """Write a key as a PEM text without a passphrase."""
    return key.private_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )
