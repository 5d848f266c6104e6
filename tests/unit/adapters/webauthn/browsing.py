"""What a browser sends and gets, around the ceremonies that are tested."""

import json
from typing import Any

import msgspec

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from adapters.webauthn.ceremonies import WebAuthnCeremonies
from domain.identity.passkey import Passkey
from ports.passkeys import Assertion, Flaw, MadeCredential, NewCredential, PasskeyAnswer
from tests import builders
from tests.authenticator import ORIGIN, Authenticator, Json, Twist
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
    return msgspec.json.decode(json.dumps(answer), type=MadeCredentialBody).sent()


def sent_answer(answer: Json) -> Assertion:
    """Return what the routes make of an answer's JSON."""
    return msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()


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


def found_in(answer: Json, kept: Passkey) -> PasskeyAnswer | Flaw:
    """Check an answer."""
    return CEREMONIES.answered(sent_answer(answer), challenge=CHALLENGE, passkey=kept)
