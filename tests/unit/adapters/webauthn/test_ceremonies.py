"""What a browser answers holds as a whole, or is refused for what is wrong with it."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fido2 import cbor
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
)

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from adapters.webauthn.ceremonies import WebAuthnCeremonies
from adapters.webauthn.reading import is_usable
from domain.identity.passkey import Passkey
from domain.shared.values import InvalidValue
from ports.passkeys import Answered, Assertion, Flaw, MadeCredential, NewCredential
from tests import builders
from tests.authenticator import FLAG, ORIGIN, Authenticator, Json, Twist, changed, part
from tests.contracts.identity.passkeys import passkey
from tests.contracts.identity.scope import user

CEREMONIES = WebAuthnCeremonies(
    rp_id="localhost", rp_name="Ballast", origins=(ORIGIN, "https://desk.localhost")
)
CHALLENGE = bytes(range(32))
ADA = user(builders.new_id(), email="ada@example.com")
KINDS = ("ES256", "EdDSA", "RS256")


def sent_new(answer: Json) -> NewCredential:
    """Return what the routes make of a new credential's JSON."""
    return _converted(answer, MadeCredentialBody).sent()


def sent_answer(answer: Json) -> Assertion:
    """Return what the routes make of an answer's JSON."""
    return _converted(answer, AnswerBody).sent()


def _converted(answer: Json, kind: Any) -> Any:
    return msgspec.json.decode(json.dumps(answer), type=kind)


def creation() -> Json:
    """Return creation options as a browser reads them."""
    asked: Json = json.loads(CEREMONIES.creation_options(challenge=CHALLENGE, user=ADA, known=[]))
    return asked


def request(**given: Any) -> Json:
    """Return request options as a browser reads them."""
    asked: Json = json.loads(CEREMONIES.request_options(challenge=CHALLENGE, **given))
    return asked


def made_by(device: Authenticator, *, twist: Twist | None = None) -> MadeCredential | Flaw:
    """Let a device make a credential, and check it."""
    answer = device.make(creation(), twist=twist or Twist())
    return CEREMONIES.made(sent_new(answer), challenge=CHALLENGE)


def kept_of(device: Authenticator) -> Passkey:
    """Return the passkey of a device's new credential."""
    made = made_by(device)
    assert isinstance(made, MadeCredential)
    return passkey(
        ADA,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
    )


@pytest.mark.parametrize("attestation", ["none", "packed"])
@pytest.mark.parametrize("algorithm", KINDS)
def test_a_credential_is_made_and_answers(algorithm: str, attestation: str) -> None:
    device = Authenticator(algorithm=algorithm, attestation=attestation, backup=True)
    made = made_by(device)
    assert isinstance(made, MadeCredential)
    assert made.credential_id == device.credential_id
    assert cbor.decode(made.public_key) == dict(device.public)
    assert str(made.aaguid) == "08987058-cadc-4b81-b6e1-30de50dcbe96"
    assert (made.sign_count, made.backup_eligible, made.backed_up) == (1, True, True)
    assert made.user_verified
    kept = kept_of(device)
    answer = device.answer(request(allowed=[kept]))
    found = CEREMONIES.answered(sent_answer(answer), challenge=CHALLENGE, passkey=kept)
    assert found == Answered(sign_count=3, backed_up=True, user_verified=True)


@pytest.mark.parametrize("algorithm", KINDS)
def test_another_relying_party_takes_what_ours_takes(algorithm: str) -> None:
    # python-fido2's own server, over the same bytes.
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id="localhost", name="Ballast"),
        verify_origin=lambda origin: origin == ORIGIN,
    )
    device = Authenticator(algorithm=algorithm, attestation="packed")
    state = {"challenge": websafe_encode(CHALLENGE), "user_verification": "required"}
    made = device.make(creation())
    data = server.register_complete(state, made)
    assert data.credential_data is not None
    assert isinstance(CEREMONIES.made(sent_new(made), challenge=CHALLENGE), MadeCredential)
    answer = device.answer(request())
    server.authenticate_complete(state, [data.credential_data], answer)


def test_options_say_what_is_asked_for() -> None:
    known = passkey(ADA, transports=("internal", "made up"))
    asked = json.loads(CEREMONIES.creation_options(challenge=CHALLENGE, user=ADA, known=[known]))
    assert asked["rp"] == {"id": "localhost", "name": "Ballast"}
    assert websafe_decode(asked["user"]["id"]) == ADA.id.bytes
    assert asked["user"]["name"] == asked["user"]["displayName"] == ADA.email
    assert websafe_decode(asked["challenge"]) == CHALLENGE
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-8, -7, -257]
    assert asked["timeout"] == 300_000
    assert asked["attestation"] == "none"
    named = {"id": websafe_encode(known.credential_id), "type": "public-key"}
    assert asked["excludeCredentials"] == [{**named, "transports": ["internal"]}]
    named_ada = CEREMONIES.creation_options(
        challenge=CHALLENGE, user=replace(ADA, name="Ada"), known=[]
    )
    assert json.loads(named_ada)["user"]["displayName"] == "Ada"
    anyone = request()
    assert anyone["allowCredentials"] == []
    assert (anyone["userVerification"], anyone["rpId"]) == ("required", "localhost")
    hers = request(allowed=[replace(known, transports=())], verified=False)
    assert hers["allowCredentials"] == [named]
    assert hers["userVerification"] == "preferred"


_ALIKE = [
    (Twist(challenge=bytes(32)), Flaw.CHALLENGE),
    (Twist(challenge=CHALLENGE[:-1]), Flaw.CHALLENGE),
    (Twist(origin="https://evil.example"), Flaw.ORIGIN),
    (Twist(origin="http://localhost:8001"), Flaw.ORIGIN),
    (Twist(origin="https://localhost:8000"), Flaw.ORIGIN),
    (Twist(origin="http://localhost"), Flaw.ORIGIN),
    (Twist(cross_origin=True), Flaw.CROSS_ORIGIN),
    (Twist(rp_id="evil.example"), Flaw.RELYING_PARTY),
    (Twist(flip=FLAG.UP), Flaw.USER_ABSENT),
    (Twist(flip=FLAG.BS), Flaw.BACKUP),
    (Twist(credential_id=b"another"), Flaw.CREDENTIAL),
]


@pytest.mark.parametrize(
    ("twist", "flaw"),
    [
        *_ALIKE,
        (Twist(type="webauthn.get"), Flaw.TYPE),
        (Twist(attestation="fido-u2f"), Flaw.ATTESTATION),
        (Twist(attestation="tpm"), Flaw.ATTESTATION),
        (Twist(statement={"sig": b"x"}), Flaw.ATTESTATION),
        (Twist(attestation="packed", statement={"x5c": [b"a certificate"]}), Flaw.ATTESTATION),
        (Twist(attestation="packed", signed=b"something else"), Flaw.ATTESTATION),
        (Twist(attestation="packed", statement={"alg": -257}), Flaw.ATTESTATION),
        (Twist(attestation="packed", statement={"sig": b""}), Flaw.ATTESTATION),
    ],
)
def test_a_credential_that_was_made_wrongly_is_refused(twist: Twist, flaw: Flaw) -> None:
    assert made_by(Authenticator(), twist=twist) is flaw


@pytest.mark.parametrize(
    ("twist", "flaw"),
    [
        *_ALIKE,
        (Twist(type="webauthn.create"), Flaw.TYPE),
        (Twist(type="payment.get"), Flaw.TYPE),
        (Twist(flip=FLAG.UV), Flaw.USER_UNVERIFIED),
        (Twist(flip=FLAG.BE), Flaw.BACKUP),
        (Twist(user_handle=builders.new_id().bytes), Flaw.USER_HANDLE),
        (Twist(signed=b"something else"), Flaw.SIGNATURE),
    ],
)
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_an_answer_with_one_thing_wrong_is_refused(
    algorithm: str, twist: Twist, flaw: Flaw
) -> None:
    device = Authenticator(algorithm=algorithm)
    kept = kept_of(device)
    answer = sent_answer(device.answer(request(), twist=twist))
    assert CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept) is flaw


def test_an_answer_of_another_key_does_not_hold() -> None:
    kept = kept_of(Authenticator())
    other = Authenticator(credential_id=kept.credential_id, user_handle=ADA.id.bytes)
    answer = sent_answer(other.answer(request()))
    assert CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept) is Flaw.SIGNATURE
    mixed = replace(kept, public_key=kept_of(Authenticator(algorithm="RS256")).public_key)
    assert CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=mixed) is Flaw.SIGNATURE


def test_nothing_of_an_answer_can_be_changed() -> None:
    device = Authenticator()
    kept = kept_of(device)
    answer = device.answer(request())
    data = part(answer, "authenticatorData")
    more = data[:-1] + bytes([data[-1] + 1])
    assert _found(changed(answer, "authenticatorData", more), kept) is Flaw.SIGNATURE
    told = json.loads(part(answer, "clientDataJSON"))
    spaced = json.dumps(told, indent=1).encode()
    assert _found(changed(answer, "clientDataJSON", spaced), kept) is Flaw.SIGNATURE
    for signature in (
        b"\0",
        b"\x30\x06\x02\x01\x01\x02\x01\x01",
        part(answer, "signature") + b"\0",
    ):
        assert _found(changed(answer, "signature", signature), kept) is Flaw.SIGNATURE


def _found(answer: Json, kept: Passkey) -> Answered | Flaw:
    return CEREMONIES.answered(sent_answer(answer), challenge=CHALLENGE, passkey=kept)


def test_a_device_that_verifies_nobody_makes_a_second_factor_and_no_more() -> None:
    device = Authenticator(verifies=False)
    made = made_by(device)
    assert isinstance(made, MadeCredential)
    assert not made.user_verified
    kept = kept_of(device)
    answer = sent_answer(device.answer(request()))
    assert CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept) is Flaw.USER_UNVERIFIED
    found = CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept, verified=False)
    assert isinstance(found, Answered)
    assert not found.user_verified
    absent = sent_answer(device.answer(request(), twist=Twist(flip=FLAG.UP)))
    found = CEREMONIES.answered(absent, challenge=CHALLENGE, passkey=kept, verified=False)
    assert found is Flaw.USER_ABSENT


def test_a_second_allowed_origin_is_as_good() -> None:
    device = Authenticator(origin="https://desk.localhost")
    kept = kept_of(device)
    assert isinstance(_found(device.answer(request()), kept), Answered)


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
            _found(changed(answer, "authenticatorData", wrong), kept)
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
    assert isinstance(_found(whole, kept), Answered)
