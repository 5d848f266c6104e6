"""Tokens that are not exactly ours are refused, whatever trick they try."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.security.key_ring import GivenKeys, KeyRing, OlderKey
from adapters.security.keys import UnusableKey
from adapters.security.tokens import AUDIENCE, ISSUER, TYPE, Rs256Tokens
from domain.identity.session import Session, Visitor
from ports.identity import InvalidToken
from tests.unit.adapters.security.signing import other_key, signing_key

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
USER = "01900000-0000-7000-8000-000000000001"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": USER,
    "tenant": USER,
    "jti": USER,
    "iat": SECONDS,
    "nbf": SECONDS,
    "exp": SECONDS + 300,
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def tokens(clock: ManualClock) -> Rs256Tokens:
    made = Rs256Tokens(
        keys=GivenKeys(signing_key), clock=clock, ids=SeededIds(clock=clock, seed=1), kept_max=2
    )
    made.start()
    return made


def _signed(claims: dict[str, Any], **header: Any) -> str:
    headers = {"typ": TYPE, "kid": signing_key().kid} | header
    return jwt.encode(claims, signing_key().private, algorithm="RS256", headers=headers)


def test_the_forged_tokens_below_would_pass_unchanged(tokens: Rs256Tokens) -> None:
    assert str(tokens.verify(_signed(CLAIMS)).user_id) == USER


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_every_claim_is_required(tokens: Rs256Tokens, claim: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(_signed({name: said for name, said in CLAIMS.items() if name != claim}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": [AUDIENCE, "other"]},
        {"sub": "owner"},
        {"sub": "1"},
        {"tenant": "x"},
        {"jti": "x"},
        {"exp": SECONDS - 31},
        {"exp": float(SECONDS + 300)},
        {"exp": str(SECONDS + 300)},
        {"exp": 10**30},
        {"nbf": SECONDS + 31},
        {"nbf": True},
        {"iat": SECONDS + 31},
        {"role": "admin"},
    ],
)
def test_wrong_claims_are_refused(tokens: Rs256Tokens, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(_signed(CLAIMS | changed))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://example.com/keys"},
        {"x5u": "https://example.com/cert"},
        {"jwk": {"kty": "RSA"}},
        {"crit": ["exp"]},
        {"x5c": ["…"]},
        {"typ": "JWT"},
        {"kid": "another"},
    ],
)
def test_headers_that_are_not_ours_are_refused(tokens: Rs256Tokens, header: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(_signed(CLAIMS, **header))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"kid":5}',
        b'{"kid":null}',
        b"[" * 2_000,
        b'{"kid":' * 350 + b"1" + b"}" * 350,
        b'{"a":' * 400 + b"1" + b"}" * 400,
    ],
)
def test_a_header_that_is_none_is_refused(tokens: Rs256Tokens, head: bytes) -> None:
    _, claims, signature = _signed({"sub": "x"}).split(".")
    for text in (_base64(head), _base64(head) + "A", _base64(head) + "=A"):
        for token in (f"{text}.{claims}.{signature}", f"{text}.{claims}", text):
            with pytest.raises(InvalidToken):
                tokens.verify(token)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", "PS256", "ES256"])
def test_no_other_algorithm_is_taken(tokens: Rs256Tokens, algorithm: str) -> None:
    key = signing_key()
    header = {"alg": algorithm, "kid": key.kid, "typ": TYPE}
    said = f"{_part(header)}.{_part(CLAIMS)}"
    # The classic attack signs with the public key as if it were a shared secret.
    seal = hmac.digest(
        str(key.private.public_key().public_numbers().n).encode(), said.encode(), "sha256"
    )
    for signature in (b"", seal):
        with pytest.raises(InvalidToken):
            tokens.verify(f"{said}.{_base64(signature)}")


def test_memory_of_tokens_is_bounded_and_holds_no_token(tokens: Rs256Tokens) -> None:
    issued = [tokens.issue(user_id=_id(), tenant_id=_id())[0] for _ in range(5)]
    for token in issued:
        tokens.verify(token)
    assert len(tokens._kept) == 2
    assert not {token.encode() for token in issued} & set(tokens._kept)
    for token in issued:
        assert tokens.verify(token).user_id == _id()


def test_the_signature_of_a_remembered_token_is_not_checked_again(
    tokens: Rs256Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = tokens.issue(user_id=_id(), tenant_id=_id())
    known = tokens.verify(token)
    monkeypatch.delattr(jwt, "decode_complete")
    assert tokens.verify(token) is known


def test_nothing_is_verified_before_the_key_is_read(clock: ManualClock) -> None:
    tokens = Rs256Tokens(
        keys=GivenKeys(signing_key), clock=clock, ids=SeededIds(clock=clock, seed=1)
    )
    with pytest.raises(RuntimeError, match=r"start\(\)"):
        tokens.verify(_signed(CLAIMS))


def _id() -> UUID:
    return UUID(USER)


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _session(clock: ManualClock, **given: Any) -> Session:
    fields: dict[str, Any] = {
        "id": _id(),
        "tenant_id": _id(),
        "user_id": _id(),
        "device_id": None,
        "device_label": "",
        "visitor": Visitor(),
        "opened_at": clock.now(),
        "authenticated_at": clock.now(),
        "used_at": clock.now(),
        "idle": timedelta(hours=1),
        "expires_at": clock.now() + timedelta(hours=1),
    }
    return Session(**(fields | given))


@pytest.mark.parametrize(
    "changed", [{"sid": USER}, {"auth_time": SECONDS}, {"sid": "x", "auth_time": SECONDS}]
)
def test_the_claims_of_a_session_come_together(
    tokens: Rs256Tokens, changed: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(_signed(CLAIMS | changed))
    assert tokens.verify(_signed(CLAIMS | {"sid": USER, "auth_time": 1})).session_id == _id()


def test_anyone_can_check_a_token_with_the_public_key(
    tokens: Rs256Tokens, clock: ManualClock
) -> None:
    token, principal = tokens.issue(user_id=_id(), tenant_id=_id(), session=_session(clock))
    (public,) = tokens.public_keys()
    jwk = {"kty": "RSA", "kid": public.kid, "n": public.modulus, "e": public.exponent}
    said = jwt.decode(
        token,
        jwt.PyJWK({**jwk, "alg": "RS256"}).key,
        algorithms=["RS256"],
        audience=AUDIENCE,
        options={"verify_exp": False},
    )
    assert (said["jti"], said["sid"]) == (principal.token_id, USER)
    assert said.keys() & {"role", "scope", "permissions", "email"} == set()
    assert jwt.get_unverified_header(token)["kid"] == public.kid


class _Changing:
    """Keys that a test changes, as a file would."""

    def __init__(self) -> None:
        self.ring = KeyRing(signing_key())
        self.reads = 0
        self.broken = False

    def read(self) -> KeyRing:
        self.reads += 1
        if self.broken:
            raise UnusableKey("half a file")
        return self.ring

    def stamp(self) -> tuple[str, int, bool]:
        return (self.ring.signing.kid, len(self.ring.older), self.broken)


def _two_processes(clock: ManualClock, keys: _Changing) -> list[Rs256Tokens]:
    made = [
        Rs256Tokens(keys=keys, clock=clock, ids=SeededIds(clock=clock, seed=seed))
        for seed in (1, 2)
    ]
    for one in made:
        one.start()
    return made


def test_a_changed_key_signs_within_a_second_and_the_old_one_is_still_taken(
    clock: ManualClock,
) -> None:
    keys = _Changing()
    first, second = _two_processes(clock, keys)
    before, _ = first.issue(user_id=_id(), tenant_id=_id())
    old = OlderKey(
        signing_key().private.public_key(), signing_key().kid, NOW + timedelta(minutes=6)
    )
    keys.ring = KeyRing(other_key(), (old,))
    clock.advance(1)
    after, _ = first.issue(user_id=_id(), tenant_id=_id())
    assert jwt.get_unverified_header(after)["kid"] == other_key().kid
    for process in (first, second):
        assert process.verify(before).user_id == _id()
        assert process.verify(after).user_id == _id()
        assert [one.kid for one in process.public_keys()] == [other_key().kid, old.kid]
    clock.advance(360)
    assert [one.kid for one in first.public_keys()] == [other_key().kid]


def test_a_new_key_is_looked_for_at_once_when_a_token_names_it(clock: ManualClock) -> None:
    keys = _Changing()
    first, second = _two_processes(clock, keys)
    keys.ring = KeyRing(other_key())
    first.start()
    token, _ = first.issue(user_id=_id(), tenant_id=_id())
    assert second.verify(token).user_id == _id()
    reads = keys.reads
    with pytest.raises(InvalidToken):
        second.verify(_signed(CLAIMS, kid="another"))
    # Nothing changed: it is not read again for every forged token.
    assert keys.reads == reads


def test_what_a_dropped_key_signed_is_refused_within_a_second(clock: ManualClock) -> None:
    keys = _Changing()
    first, _ = _two_processes(clock, keys)
    token, _ = first.issue(user_id=_id(), tenant_id=_id())
    first.verify(token)
    keys.ring = KeyRing(other_key())
    clock.advance(1)
    with pytest.raises(InvalidToken):
        first.verify(token)


def test_unusable_keys_leave_those_of_before(clock: ManualClock) -> None:
    keys = _Changing()
    first, _ = _two_processes(clock, keys)
    token, _ = first.issue(user_id=_id(), tenant_id=_id())
    keys.broken = True
    clock.advance(1)
    assert first.verify(token).user_id == _id()
    keys.broken, keys.ring = False, KeyRing(other_key())
    clock.advance(1)
    with pytest.raises(InvalidToken):
        first.verify(token)
