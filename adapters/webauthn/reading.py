"""Take apart what browsers and authenticators wrote; what cannot be read is said with its field."""

from collections.abc import Callable
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authenticator_data,
    parse_cbor,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AttestationObject, AuthenticatorData, CollectedClientData

from adapters.webauthn.form import NotPlain, check_authenticator_data, check_item
from domain.shared.values import InvalidValue

_RESPONSE = "credential.response."
CLIENT_DATA = f"{_RESPONSE}clientDataJSON"
ATTESTATION = f"{_RESPONSE}attestationObject"
AUTHENTICATOR_DATA = f"{_RESPONSE}authenticatorData"
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# Whatever nonsense makes the library, or the cryptography below it, stumble.
STUMBLES = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# Shorter is broken soon, longer costs more than any authenticator spends.
_RSA_BITS = range(2_048, 4_097)

T = TypeVar("T")


def client_data_of(given: bytes) -> CollectedClientData:
    """Return what the browser says that it was asked; raises InvalidValue."""
    collected = _read(parse_client_data_json, given, field=CLIENT_DATA)
    said: tuple[object, ...] = (collected.type, collected.origin)
    if not all(isinstance(one, str) for one in said):
        raise InvalidValue(field=CLIENT_DATA, problem="type and origin must be texts")
    return collected


def attestation_of(given: bytes) -> AttestationObject:
    """Return what an authenticator says of a new credential; raises InvalidValue."""

    def parse(data: bytes) -> AttestationObject:
        check_item(data)
        # The library would read what lies within before anyone looked at its form.
        check_authenticator_data(parse_cbor(data)["authData"])
        return parse_attestation_object(data)

    return _read(parse, given, field=ATTESTATION)


def authenticator_data_of(given: bytes) -> AuthenticatorData:
    """Return what an authenticator says of its use; raises InvalidValue."""

    def parse(data: bytes) -> AuthenticatorData:
        check_authenticator_data(data)
        return parse_authenticator_data(data)

    return _read(parse, given, field=AUTHENTICATOR_DATA)


def is_usable(public_key: bytes) -> bool:
    """Tell whether a COSE key is one of ours, whole, and neither too short nor too long."""
    try:
        decoded = decode_credential_public_key(public_key)
        if decoded.alg not in ALGORITHMS:
            return False
        key = decoded_public_key_to_cryptography(decoded)
    except STUMBLES:
        return False
    return not isinstance(key, RSAPublicKey) or key.key_size in _RSA_BITS


def _read(parse: Callable[[bytes], T], given: bytes, *, field: str) -> T:
    try:
        return parse(given)
    except NotPlain as problem:
        raise InvalidValue(field=field, problem=str(problem)) from None
    except STUMBLES:
        raise InvalidValue(field=field, problem="cannot be read as what it should be") from None
