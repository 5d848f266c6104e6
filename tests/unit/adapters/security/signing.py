"""Make signing keys for tests, once in a process and of primes that are known.

To look for new primes takes a fraction of a second for each key. Anybody can work these out.
"""

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)

from adapters.security.keys import BITS, SigningKey, key_from_pem

_EXPONENT = 65_537
# So far below 2 to the power of half the bits lie the greatest primes; two for each key.
_BELOW = {1: (3_453, 4_977), 2: (7_769, 8_333)}


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
    if bits != BITS:
        return written(generate_private_key(public_exponent=_EXPONENT, key_size=bits))
    p, q = (2 ** (BITS // 2) - below for below in _BELOW[number])
    secret = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p=p,
        q=q,
        d=secret,
        dmp1=rsa_crt_dmp1(secret, p),
        dmq1=rsa_crt_dmq1(secret, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=RSAPublicNumbers(e=_EXPONENT, n=p * q),
    )
    # That these are primes is looked at when the text is read.
    return written(numbers.private_key(unsafe_skip_rsa_key_validation=True))


def written(key: RSAPrivateKey) -> bytes:
    """Write a key as a PEM text without a passphrase."""
    return key.private_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )
