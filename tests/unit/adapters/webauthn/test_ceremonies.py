"""What a browser answers holds as a whole, or is refused for what is wrong with it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fido2 import cbor
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    PublicKeyCredentialRpEntity,
)

from ports.passkeys import Flaw, MadeCredential, PasskeyAnswer
from tests import builders
from tests.authenticator import FLAG, ORIGIN, Authenticator, Twist, changed, part
from tests.contracts.identity.passkeys import passkey
from tests.unit.adapters.webauthn.browsing import (
    ADA,
    CEREMONIES,
    CHALLENGE,
    KINDS,
    creation,
    found_in,
    kept_of,
    made_by,
    request,
    sent_answer,
    sent_new,
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
    assert found == PasskeyAnswer(sign_count=3, backed_up=True, user_verified=True)


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
    assert found_in(changed(answer, "authenticatorData", more), kept) is Flaw.SIGNATURE
    told = json.loads(part(answer, "clientDataJSON"))
    spaced = json.dumps(told, indent=1).encode()
    assert found_in(changed(answer, "clientDataJSON", spaced), kept) is Flaw.SIGNATURE
    for signature in (
        b"\0",
        b"\x30\x06\x02\x01\x01\x02\x01\x01",
        part(answer, "signature") + b"\0",
    ):
        assert found_in(changed(answer, "signature", signature), kept) is Flaw.SIGNATURE


def test_a_device_that_verifies_nobody_makes_a_second_factor_and_no_more() -> None:
    device = Authenticator(verifies=False)
    made = made_by(device)
    assert isinstance(made, MadeCredential)
    assert not made.user_verified
    kept = kept_of(device)
    answer = sent_answer(device.answer(request()))
    assert CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept) is Flaw.USER_UNVERIFIED
    found = CEREMONIES.answered(answer, challenge=CHALLENGE, passkey=kept, verified=False)
    assert isinstance(found, PasskeyAnswer)
    assert not found.user_verified
    absent = sent_answer(device.answer(request(), twist=Twist(flip=FLAG.UP)))
    found = CEREMONIES.answered(absent, challenge=CHALLENGE, passkey=kept, verified=False)
    assert found is Flaw.USER_ABSENT


def test_a_second_allowed_origin_is_as_good() -> None:
    device = Authenticator(origin="https://desk.localhost")
    kept = kept_of(device)
    assert isinstance(found_in(device.answer(request()), kept), PasskeyAnswer)


def test_an_attestation_by_a_certificate_is_not_believed_though_it_holds() -> None:
    device = Authenticator(attestation="packed")
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A maker of authenticators")])
    today = datetime.now(UTC)
    # Of the credential's own key, so that the signature of the statement holds for both.
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(device.key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(device.key, SHA256())
    )
    twist = Twist(statement={"x5c": [made.public_bytes(Encoding.DER)]})
    assert isinstance(made_by(device), MadeCredential)
    assert made_by(device, twist=twist) is Flaw.ATTESTATION
