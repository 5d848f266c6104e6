"""The parsers behind passkeys: JSON, base64url, CBOR and keys that anybody may send."""

import json
import time
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from fido2.utils import websafe_decode, websafe_encode

from adapters.http.identity.passkey_schemas import AddPasskeyBody, PasskeyLoginBody
from adapters.http.problems import problem_of
from adapters.http.wire import decode
from adapters.webauthn.ceremonies import WebAuthnCeremonies
from domain.identity.passkey import Passkey
from domain.identity.tenant import User
from ports.passkeys import Flaw, MadeCredential, PasskeyAnswer
from tests import builders
from tests.authenticator import ORIGIN, Authenticator, Json
from tests.contracts.identity.passkeys import passkey
from tests.fuzz.found import Found
from tests.fuzz.mutate import mutated

_CEREMONIES = WebAuthnCeremonies(rp_id="localhost", rp_name="Ballast", origins=(ORIGIN,))
_CHALLENGE = bytes(32)
_ADD = msgspec.json.Decoder(AddPasskeyBody)
_ENTER = msgspec.json.Decoder(PasskeyLoginBody)
_ADA = User(
    id=builders.new_id(),
    tenant_id=builders.new_id(),
    email="ada@example.com",
    password_hash="",
    created_at=builders.AT,
)
# What is signed: changed by a bit it lets nobody in.
_SIGNED = ("clientDataJSON", "authenticatorData", "signature")


def fuzz_passkeys(*, seconds: float, random: Random) -> Found:
    """Send credentials and answers of nonsense: a problem, a flaw, and never a way in."""
    found = Found(name="passkeys")
    device = Authenticator(attestation=random.choice(["none", "packed"]))
    options = _CEREMONIES.creation_options(challenge=_CHALLENGE, user=_ADA, known=[])
    made = device.make(json.loads(options))
    kept = _kept(_registered(json.dumps({"credential": made}).encode()))
    asked = _CEREMONIES.request_options(challenge=_CHALLENGE)
    answer = device.answer(json.loads(asked))
    until = time.monotonic() + seconds
    targets: tuple[tuple[Json, Callable[[bytes], object]], ...] = (
        (made, _registered),
        (answer, lambda body: _entered(body, kept=kept, signed=answer)),
    )
    for sample, take in targets:
        take(json.dumps({"credential": sample}).encode())
        found.taken += 1
    while time.monotonic() < until:
        sample, take = random.choice(targets)
        data = _spoilt(sample, random=random)
        with found.feeding(data):
            try:
                take(data)
            except Exception as refusal:
                problem = problem_of(refusal)
                if problem is None:
                    raise
                assert problem.status == 400
                assert problem.detail
    return found


def _spoilt(sample: Json, *, random: Random) -> bytes:
    """Return the body with an accident in one of its parts, or in the JSON around them."""
    whole = {"credential": sample}
    if random.random() < 0.2:
        return mutated(json.dumps(whole).encode(), random=random)
    copied: Json = json.loads(json.dumps(whole))
    response = copied["credential"]["response"]
    name = random.choice([one for one in response if one != "transports"])
    response[name] = websafe_encode(mutated(websafe_decode(response[name]), random=random))
    return json.dumps(copied).encode()


def _registered(body: bytes) -> MadeCredential | Flaw:
    sent = decode(body, decoder=_ADD).credential.sent()
    challenge = _CEREMONIES.challenge_of(sent.client_data)
    assert isinstance(challenge, bytes)
    return _CEREMONIES.made(sent, challenge=_CHALLENGE)


def _entered(body: bytes, *, kept: Passkey, signed: Json) -> PasskeyAnswer | Flaw:
    sent = decode(body, decoder=_ENTER).credential.sent()
    found = _CEREMONIES.answered(sent, challenge=_CHALLENGE, passkey=kept)
    if isinstance(found, PasskeyAnswer):
        parts: dict[str, Any] = signed["response"]
        given = (sent.client_data, sent.authenticator_data, sent.signature)
        whole = tuple(websafe_decode(parts[name]) for name in _SIGNED)
        assert given == whole, "something that was not signed came in"
    return found


def _kept(made: MadeCredential | Flaw) -> Passkey:
    assert isinstance(made, MadeCredential)
    return passkey(
        _ADA,
        credential_id=made.credential_id,
        public_key=made.public_key,
        backup_eligible=made.backup_eligible,
    )
