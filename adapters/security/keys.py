"""Keep the key that signs access tokens in a file that only its owner can read."""

import contextlib
import hashlib
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

from adapters.security.file_modes import is_open, mode_of
from adapters.security.key_writing import write_once

BITS = 3072
_PUBLIC_EXPONENT = 65537


class UnusableKey(Exception):
    """The signing key cannot be read, is no RSA key of 3,072 bits, or others can read it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key and the id that tokens name it by."""

    private: RSAPrivateKey
    kid: str


def load_or_create_key(path: Path) -> SigningKey:
    """Return the key in the file, a new one at first; raises UnusableKey."""
    with contextlib.suppress(FileNotFoundError):
        return load_key(path)
    write_once(path, new_pem())
    return load_key(path)


def new_pem() -> bytes:
    """Return a new key as PEM."""
    return generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=BITS).private_bytes(
        encoding=serialization.Encoding.PEM,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )


def load_key(path: Path) -> SigningKey:
    """Return the key in the file; raises FileNotFoundError, UnusableKey."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            pem = file.read(64 * 1024)
    except (PermissionError, IsADirectoryError) as problem:
        raise UnusableKey(f"{path} cannot be read: {problem.strerror}") from problem
    if is_open(found):
        raise UnusableKey(
            f"{path} can be read by others (mode {mode_of(found):o}): run `chmod 600 {path}`,"
            " and delete it first if others may have read it, so that a new one is made"
        )
    return key_from_pem(pem, source=str(path))


def key_from_pem(pem: bytes, *, source: str) -> SigningKey:
    """Return the key in a PEM text; raises UnusableKey."""
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise UnusableKey(f"{source} holds no private key in PEM without a passphrase") from problem
    if not isinstance(private, RSAPrivateKey) or private.key_size < BITS:
        raise UnusableKey(f"{source} must hold an RSA key of at least {BITS} bits")
    return SigningKey(private=private, kid=thumbprint(private.public_key()))


def thumbprint(key: RSAPublicKey) -> str:
    """Return the JWK thumbprint of a public key (RFC 7638)."""
    exponent, modulus = jwk_numbers(key)
    jwk = f'{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}'
    return _base64(hashlib.sha256(jwk.encode()).digest())


def jwk_numbers(key: RSAPublicKey) -> tuple[str, str]:
    """Return the exponent and the modulus as a JWK writes them (RFC 7518)."""
    public = key.public_numbers()
    return _base64_number(public.e), _base64_number(public.n)


def _base64_number(number: int) -> str:
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
