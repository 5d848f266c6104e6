"""The specification's own test vectors are taken as it says."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fido2 import cbor
from fido2.utils import websafe_encode

from adapters.webauthn.ceremonies import WebAuthnCeremonies
from ports.passkeys import Assertion, Flaw, MadeCredential, NewCredential, PasskeyAnswer
from tests import builders
from tests.contracts.identity.passkeys import passkey
from tests.contracts.identity.scope import user

_VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text())
CEREMONIES = WebAuthnCeremonies(
    rp_id="example.org", rp_name="Example", origins=("https://example.org",)
)
_EXTRA = "clientDataJSON may be extended with additional fields in the future, such as this: "


def client_data(kind: str, vector: dict[str, Any]) -> bytes:
    """Return the JSON that the vector's client wrote, byte by byte."""
    said = {
        "type": kind,
        "challenge": websafe_encode(bytes.fromhex(vector["challenge"])),
        "origin": "https://example.org",
        "crossOrigin": vector["cross_origin"],
    }
    if vector["extra"]:
        said["extraData"] = _EXTRA + vector["extra"]
    return json.dumps(said, separators=(",", ":")).encode()


def public_key(vector: dict[str, Any]) -> bytes:
    """Return the COSE key; the one of RSA is made of two Mersenne primes."""
    if vector["public_key"].startswith("a"):
        return bytes.fromhex(vector["public_key"])
    modulus = (2**1279 - 1) * (2**2203 - 1)
    return cbor.encode({1: 3, 3: -257, -1: modulus.to_bytes(436), -2: b"\x01\x00\x01"})


@pytest.mark.parametrize("name", _VECTORS["made"])
def test_registrations_of_the_specification(name: str) -> None:
    vector = _VECTORS["made"][name]
    challenge = bytes.fromhex(vector["challenge"])
    sent = NewCredential(
        credential_id=bytes.fromhex(vector["credential_id"]),
        client_data=client_data("webauthn.create", vector),
        attestation=bytes.fromhex(vector["attestation"]),
    )
    assert CEREMONIES.challenge_of(sent.client_data) == challenge
    made = CEREMONIES.made(sent, challenge=challenge)
    if vector["cross_origin"]:
        assert made is Flaw.CROSS_ORIGIN
        return
    assert made == MadeCredential(
        credential_id=sent.credential_id,
        public_key=public_key(_VECTORS["answered"][name]),
        sign_count=0,
        aaguid=UUID(vector["aaguid"]),
        backup_eligible=vector["backup_eligible"],
        backed_up=vector["backed_up"],
        user_verified=vector["user_verified"],
    )


@pytest.mark.parametrize("name", _VECTORS["answered"])
def test_authentications_of_the_specification(name: str) -> None:
    vector = _VECTORS["answered"][name]
    owner = user(builders.new_id(), email="a@example.org")
    held = passkey(owner, public_key=public_key(vector), backup_eligible=vector["backup_eligible"])
    sent = Assertion(
        credential_id=held.credential_id,
        client_data=client_data("webauthn.get", vector),
        authenticator_data=bytes.fromhex(vector["authenticator_data"]),
        signature=bytes.fromhex(vector["signature"]),
    )
    challenge = bytes.fromhex(vector["challenge"])
    found = CEREMONIES.answered(sent, challenge=challenge, passkey=held, verified=False)
    if vector["cross_origin"]:
        assert found is Flaw.CROSS_ORIGIN
        return
    assert isinstance(found, PasskeyAnswer)
    assert found.user_verified is vector["user_verified"]
    if not vector["user_verified"]:
        strict = CEREMONIES.answered(sent, challenge=challenge, passkey=held)
        assert strict is Flaw.USER_UNVERIFIED
    wrong = Assertion(
        credential_id=held.credential_id,
        client_data=sent.client_data,
        authenticator_data=sent.authenticator_data,
        signature=sent.signature[:-1] + bytes([sent.signature[-1] ^ 1]),
    )
    found = CEREMONIES.answered(wrong, challenge=challenge, passkey=held, verified=False)
    assert found is Flaw.SIGNATURE
