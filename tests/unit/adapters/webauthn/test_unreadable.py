"""What cannot be read, or is no sound key, is refused and said to be so."""

from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fido2 import cbor
from fido2.webauthn import (
    AttestationObject,
    AuthenticatorData,
)

from adapters.webauthn.reading import is_usable
from domain.shared.values import InvalidValue
from ports.passkeys import Flaw, PasskeyAnswer
from tests.authenticator import FLAG, Authenticator, changed, part
from tests.unit.adapters.webauthn.browsing import (
    CEREMONIES,
    CHALLENGE,
    creation,
    found_in,
    kept_of,
    made_by,
    request,
    sent_new,
)


def test_keys_that_are_weak_or_not_keys_at_all_are_refused() -> None:
    assert made_by(Authenticator(algorithm="RS256-1024")) is Flaw.ALGORITHM
    assert is_usable(cbor.encode(_rsa(2_048)))
    assert not is_usable(cbor.encode(_rsa(1_024)))
    good = dict(Authenticator().public)
    assert is_usable(cbor.encode(good))
    for wrong in (
        {**good, 3: -35},
        {**good, -2: bytes(32)},
        {**good, -1: 6},
        {**good, 1: 1},
        {name: value for name, value in good.items() if name != -3},
        {1: 1, 3: -8, -1: 6, -2: bytes(31)},
        {1: 1, 3: -8, -1: 7, -2: bytes(57)},
        {1: 3, 3: -257, -1: b"", -2: b""},
    ):
        assert not is_usable(cbor.encode(wrong)), wrong


def _rsa(bits: int) -> dict[int, Any]:
    numbers = rsa.generate_private_key(public_exponent=65_537, key_size=bits).public_key()
    modulus = numbers.public_numbers().n.to_bytes(bits // 8)
    return {1: 3, 3: -257, -1: modulus, -2: b"\x01\x00\x01"}


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"type":"webauthn.get","origin":"x"}',
        b'{"type":1,"challenge":"AA","origin":"x"}',
        b'{"type":"webauthn.get","challenge":"AA","origin":["http://localhost:8000"]}',
        b'{"type":"webauthn.get","challenge":"A","origin":"x"}',
        b'{"a":' + b"[" * 5_000,
        b'{"type":' + b"9" * 5_000 + b"}",
    ],
)
def test_client_data_that_cannot_be_read_is_said_to_be_so(wrong: bytes) -> None:
    with pytest.raises(InvalidValue) as refused:
        CEREMONIES.challenge_of(wrong)
    assert refused.value.field == "credential.response.clientDataJSON"
    assert refused.value.problem


def test_attestations_that_cannot_be_read_are_said_to_be_so() -> None:
    device = Authenticator()
    answer = device.make(creation())
    good = part(answer, "attestationObject")
    held = cbor.decode(good)
    assert isinstance(held, dict)
    without = {name: value for name, value in held.items() if name != "authData"}
    unattested = AuthenticatorData.create(bytes(32), FLAG.UP, 0)
    for wrong in (
        b"",
        good[:-1],
        good + b"\0",
        b"\x81" * 400 + b"\x01",
        b"\xd8\x23\x65(a+)+",
        b"\xbf" + good[1:] + b"\xff",
        cbor.encode(without),
        cbor.encode({**held, "authData": "text"}),
        cbor.encode({**held, "authData": b"short"}),
        cbor.encode({**held, "authData": held["authData"] + b"\0"}),
        cbor.encode({**held, "authData": held["authData"][:-1]}),
        AttestationObject.create("none", unattested, {}),
    ):
        with pytest.raises(InvalidValue) as refused:
            CEREMONIES.made(
                sent_new(changed(answer, "attestationObject", wrong or b"\0")), challenge=CHALLENGE
            )
        assert refused.value.field == "credential.response.attestationObject"


def test_authenticator_data_that_cannot_be_read_is_said_to_be_so() -> None:
    device = Authenticator()
    kept = kept_of(device)
    answer = device.answer(request())
    good = part(answer, "authenticatorData")
    for wrong in (
        good[:36],
        good + b"\0",
        good[:32] + b"\x85" + good[33:],
        good[:32] + b"\x45" + good[33:],
    ):
        with pytest.raises(InvalidValue) as refused:
            found_in(changed(answer, "authenticatorData", wrong), kept)
        assert refused.value.field == "credential.response.authenticatorData"


def test_extensions_of_an_authenticator_are_read_over() -> None:
    device = Authenticator()
    kept = kept_of(device)
    answer = device.answer(request())
    data = part(answer, "authenticatorData")
    extended = (
        data[:32] + bytes([data[32] | FLAG.ED]) + data[33:] + cbor.encode({"uvm": [[2, 4, 2]]})
    )
    signed = extended + sha256(part(answer, "clientDataJSON")).digest()
    whole = changed(
        changed(answer, "authenticatorData", extended), "signature", device.sign(signed)
    )
    assert isinstance(found_in(whole, kept), PasskeyAnswer)
