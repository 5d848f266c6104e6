"""An authenticator and its browser in software, over python-fido2's own forms and keys.

Nothing here comes from the library that checks the answers. A Twist makes one thing of an
answer wrong, and signs it all the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cose, utils
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
)

ORIGIN = "http://localhost:8000"
FLAG = AuthenticatorData.FLAG
Json = dict[str, Any]
# It works out the types of a class's fields anew for every value that it reads, though they stay
# what they are: half a second in the unit suite.
vars(utils)["get_type_hints"] = cache(vars(utils)["get_type_hints"])

_PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Twist:
    """What differs from what was asked; None is as it should be."""

    origin: str | None = None
    type: str | None = None
    challenge: bytes | None = None
    rp_id: str | None = None
    cross_origin: bool = False
    # These flags are turned over.
    flip: int = 0
    count: int | None = None
    credential_id: bytes | None = None
    user_handle: bytes | None = None
    attestation: str | None = None
    statement: Mapping[str, Any] | None = None
    # What is signed is that, and not what is sent.
    signed: bytes | None = None


AS_ASKED = Twist()


def private_key(algorithm: str) -> _PrivateKey:
    """Return a new key pair."""
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            bits = int(algorithm.partition("-")[2] or 2_048)
            return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@dataclass(slots=True, kw_only=True)
class Authenticator:
    """One credential, held by one device; it counts its uses unless told otherwise."""

    algorithm: str = "ES256"
    verifies: bool = True
    counts: bool = True
    backup: bool = False
    origin: str = ORIGIN
    attestation: str = "none"
    credential_id: bytes = b""
    user_handle: bytes = b""
    count: int = 0
    key: _PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = private_key(self.algorithm)

    @property
    def public(self) -> cose.CoseKey:
        """The public key as COSE writes it."""
        match self.key:
            case ec.EllipticCurvePrivateKey():
                point = self.key.public_key().public_numbers()
                x, y = point.x.to_bytes(32), point.y.to_bytes(32)
                return cose.CoseKey.parse({1: 2, 3: -7, -1: 1, -2: x, -3: y})
            case ed25519.Ed25519PrivateKey():
                drawn = self.key.public_key().public_bytes_raw()
                return cose.CoseKey.parse({1: 1, 3: -8, -1: 6, -2: drawn})
            case _:
                modulus = self.key.public_key().public_numbers().n
                size = self.key.key_size // 8
                exponent = b"\x01\x00\x01"
                return cose.CoseKey.parse({1: 3, 3: -257, -1: modulus.to_bytes(size), -2: exponent})

    def make(self, asked: Json, *, twist: Twist = AS_ASKED) -> Json:
        """Make the credential that creation options ask for: RegistrationResponseJSON."""
        options = PublicKeyCredentialCreationOptions.from_dict(asked)
        wanted = [one.alg for one in options.pub_key_cred_params]
        assert self.public[3] in wanted, "they did not ask for such a key"
        self.user_handle = options.user.id
        self.credential_id = (
            self.credential_id or sha256(bytes(repr(self.public), "ascii")).digest()
        )
        client_data = self._client_data("webauthn.create", options.challenge, twist=twist)
        rp_id = twist.rp_id or options.rp.id
        assert rp_id is not None
        data = AuthenticatorData.create(
            sha256(rp_id.encode()).digest(),
            FLAG(self._flags(twist) ^ FLAG.AT),
            self._next_count(twist),
            AttestedCredentialData.create(
                Aaguid.parse("08987058cadc4b81b6e130de50dcbe96"), self.credential_id, self.public
            ),
        )
        form = twist.attestation or self.attestation
        statement: Mapping[str, Any] = {}
        if form == "packed":
            signature = self.sign((twist.signed or data) + sha256(client_data).digest())
            statement = {"alg": self.public[3], "sig": signature}
        if twist.statement is not None:
            statement = {**statement, **twist.statement}
        sent = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create(form, data, statement)),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(sent, twist=twist)

    def answer(self, asked: Json, *, twist: Twist = AS_ASKED) -> Json:
        """Answer request options: AuthenticationResponseJSON."""
        options = PublicKeyCredentialRequestOptions.from_dict(asked)
        client_data = self._client_data("webauthn.get", options.challenge, twist=twist)
        rp_id = twist.rp_id or options.rp_id
        assert rp_id is not None
        data = AuthenticatorData.create(
            sha256(rp_id.encode()).digest(), self._flags(twist), self._next_count(twist)
        )
        handle = self.user_handle if twist.user_handle is None else twist.user_handle
        sent = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(
                self.sign((twist.signed or data) + sha256(client_data).digest())
            ),
        }
        return self._answer(
            {**sent, **({"userHandle": websafe_encode(handle)} if handle else {})}, twist=twist
        )

    def sign(self, data: bytes) -> bytes:
        """Sign as the key's algorithm does."""
        match self.key:
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(data, ec.ECDSA(SHA256()))
            case ed25519.Ed25519PrivateKey():
                return self.key.sign(data)
            case _:
                return self.key.sign(data, padding.PKCS1v15(), SHA256())

    def _client_data(self, kind: str, challenge: bytes, *, twist: Twist) -> bytes:
        return CollectedClientData.create(
            twist.type or kind,
            challenge if twist.challenge is None else twist.challenge,
            twist.origin or self.origin,
            twist.cross_origin,
        )

    def _flags(self, twist: Twist) -> FLAG:
        flags = FLAG.UP
        if self.verifies:
            flags |= FLAG.UV
        if self.backup:
            flags |= FLAG.BE | FLAG.BS
        return FLAG(flags ^ twist.flip)

    def _next_count(self, twist: Twist) -> int:
        if twist.count is not None:
            return twist.count
        if self.counts:
            self.count += 1
        return self.count

    def _answer(self, response: Json, *, twist: Twist) -> Json:
        name = websafe_encode(twist.credential_id or self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }


def changed(answer: Json, name: str, value: bytes) -> Json:
    """Return an answer whose part of that name reads otherwise, unsigned."""
    copied: Json = json.loads(json.dumps(answer))
    copied["response"][name] = websafe_encode(value)
    return copied


def part(answer: Json, name: str) -> bytes:
    """Return the bytes of a part of an answer."""
    return websafe_decode(answer["response"][name])
