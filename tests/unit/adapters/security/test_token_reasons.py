"""A token that is refused says why, and one that is issued says exactly what it must."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from structlog.testing import capture_logs

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.security.key_ring import GivenKeys, KeyRing, OlderKey
from adapters.security.keys import UnusableKey
from adapters.security.tokens import Rs256Tokens
from domain.identity.session import Session, Visitor
from domain.identity.tenant import Principal
from ports.identity import InvalidToken
from tests.unit.adapters.security.signing import other_key, signing_key

NOW = datetime(2026, 1, 2, 15, 4, 5, 123456, tzinfo=UTC)
WHOLE = NOW.replace(microsecond=0)
SECONDS = int(WHOLE.timestamp())
USER, TENANT, SESSION = UUID(int=1), UUID(int=2), UUID(int=3)
CLAIMS: dict[str, Any] = {
    "iss": "ballast",
    "aud": "ballast-api",
    "sub": str(USER),
    "tenant": str(TENANT),
    "jti": str(UUID(int=4)),
    "iat": SECONDS,
    "nbf": SECONDS,
    "exp": SECONDS + 300,
}
OURS = "the token is not a JWT of ours"
KEY = "the token's key is none of ours"
HEADER = "the token's header is not one of ours"
BROKEN = "the token is malformed or its signature is wrong"
ONE_MANY = "the token lacks a claim, or has one too many"
SERVICE = "the token is not for this service"
EXPIRED = "the token has expired"
EARLY = "the token is not valid yet"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def process(clock: ManualClock, **given: Any) -> Rs256Tokens:
    made = Rs256Tokens(
        **{"keys": GivenKeys(signing_key), "ids": SeededIds(clock=clock, seed=1), **given},
        clock=clock,
    )
    made.start()
    return made


def signed(claims: dict[str, Any] = CLAIMS, **header: Any) -> str:
    headers = {"typ": "at+jwt", "kid": signing_key().kid} | header
    return jwt.encode(claims, signing_key().private, algorithm="RS256", headers=headers)


def reason(tokens: Rs256Tokens, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        tokens.verify(token)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"role": "owner"}, ONE_MANY),
        ({"sid": str(SESSION)}, ONE_MANY),
        ({"iss": "other"}, SERVICE),
        ({"aud": "other"}, SERVICE),
        ({"exp": SECONDS - 30}, EXPIRED),
        ({"nbf": SECONDS + 31}, EARLY),
        ({"iat": SECONDS + 31}, EARLY),
        ({"exp": float(SECONDS + 9)}, "the token's exp is not a whole number of seconds"),
        ({"nbf": True}, "the token's nbf is not a whole number of seconds"),
        ({"iat": "1"}, "the token's iat is not a whole number of seconds"),
        ({"exp": 10**30}, "the token's exp is out of range"),
        ({"nbf": -(10**15)}, "the token's nbf is out of range"),
        ({"sub": "owner"}, "the token's sub is not an id"),
        ({"tenant": "x"}, "the token's tenant is not an id"),
        ({"jti": "7"}, "the token's jti is not an id"),
        ({"sid": "x", "auth_time": SECONDS}, "the token's sid is not an id"),
        (
            {"sid": str(SESSION), "auth_time": None},
            "the token's auth_time is not a whole number of seconds",
        ),
    ],
)
def test_a_claim_that_is_wrong_is_named(
    clock: ManualClock, changed: dict[str, Any], why: str
) -> None:
    assert reason(process(clock), signed(CLAIMS | changed)) == why


def test_a_token_that_is_none_is_told_apart_from_one_that_was_forged(clock: ManualClock) -> None:
    tokens = process(clock)
    good = signed()
    assert reason(tokens, "é") == OURS
    assert reason(tokens, "x" * 4_097) == OURS
    assert reason(tokens, "x" * 4_096) == BROKEN
    assert reason(tokens, signed(kid="another")) == KEY
    assert reason(tokens, signed(typ="JWT")) == HEADER
    assert reason(tokens, signed(jku="https://example.com")) == HEADER
    forged = jwt.encode(
        CLAIMS,
        other_key().private,
        algorithm="RS256",
        headers={"typ": "at+jwt", "kid": signing_key().kid},
    )
    assert reason(tokens, forged) == BROKEN
    lacking = {name: said for name, said in CLAIMS.items() if name != "jti"}
    assert reason(tokens, signed(lacking)) == ONE_MANY
    assert tokens.verify(good).user_id == USER


def test_half_a_minute_of_leeway_and_no_more(clock: ManualClock) -> None:
    early = signed(CLAIMS | {"nbf": SECONDS + 30, "iat": SECONDS + 30})
    assert process(clock).verify(early).user_id == USER
    clock.set_wall(WHOLE + timedelta(seconds=329, microseconds=999_999))
    tokens = process(clock)
    assert tokens.verify(signed()).user_id == USER
    clock.set_wall(WHOLE + timedelta(seconds=330))
    # Whether it is remembered or not.
    assert reason(tokens, signed()) == EXPIRED
    assert reason(tokens, signed()) == EXPIRED
    assert reason(process(clock), signed()) == EXPIRED


def test_a_verified_token_says_what_it_claims(clock: ManualClock) -> None:
    tokens = process(clock)
    assert tokens.verify(signed()) == Principal(
        user_id=USER,
        tenant_id=TENANT,
        token_id=str(UUID(int=4)),
        expires_at=WHOLE + timedelta(seconds=300),
        authenticated_at=WHOLE,
    )
    of_session = CLAIMS | {"sid": str(SESSION), "auth_time": SECONDS - 60}
    assert tokens.verify(signed(of_session)) == Principal(
        user_id=USER,
        tenant_id=TENANT,
        token_id=str(UUID(int=4)),
        expires_at=WHOLE + timedelta(seconds=300),
        session_id=SESSION,
        authenticated_at=WHOLE - timedelta(seconds=60),
    )


def session(**given: Any) -> Session:
    fields: dict[str, Any] = {
        "id": SESSION,
        "tenant_id": TENANT,
        "user_id": USER,
        "device_id": None,
        "device_label": "",
        "visitor": Visitor(),
        "opened_at": NOW,
        "authenticated_at": NOW - timedelta(seconds=90),
        "used_at": NOW,
        "idle": timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=1),
    }
    return Session(**(fields | given))


def parts(token: str) -> list[dict[str, Any]]:
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]
    return list(read)


def test_what_is_issued_is_what_is_documented(clock: ManualClock) -> None:
    tokens = process(clock)
    token, principal = tokens.issue(user_id=USER, tenant_id=TENANT)
    header, claims = parts(token)
    assert header == {"alg": "RS256", "typ": "at+jwt", "kid": signing_key().kid}
    assert claims == CLAIMS | {"jti": principal.token_id}
    assert principal == tokens.verify(token)
    token, principal = tokens.issue(user_id=USER, tenant_id=TENANT, session=session())
    _, claims = parts(token)
    assert claims == CLAIMS | {
        "jti": principal.token_id,
        "sid": str(SESSION),
        "auth_time": SECONDS - 90,
    }
    assert principal == tokens.verify(token)


def test_no_token_outlives_its_session_or_its_time(clock: ManualClock) -> None:
    tokens = process(clock, ttl=timedelta(minutes=2))
    _, long = tokens.issue(user_id=USER, tenant_id=TENANT, session=session())
    assert long.expires_at == WHOLE + timedelta(minutes=2)
    ending = session(expires_at=NOW + timedelta(seconds=30))
    _, short = tokens.issue(user_id=USER, tenant_id=TENANT, session=ending)
    assert short.expires_at == WHOLE + timedelta(seconds=30)


def test_the_token_that_was_verified_longest_ago_is_forgotten(clock: ManualClock) -> None:
    tokens = process(clock, kept_max=2)
    made = [signed(CLAIMS | {"jti": str(UUID(int=number))}) for number in range(3)]
    for token in made:
        tokens.verify(token)
    assert list(tokens._kept) == [hashlib.sha256(token.encode()).digest() for token in made[1:]]


class Keys:
    """Keys that change as the test says."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring, self.stamps, self.broken = ring, 0, False
        self.asked = 0

    def read(self) -> KeyRing:
        if self.broken:
            raise UnusableKey("half a file")
        return self.ring

    def stamp(self) -> int:
        self.asked += 1
        return self.stamps


def test_keys_are_looked_at_once_a_second_and_what_is_found_is_logged(clock: ManualClock) -> None:
    older = OlderKey(other_key().private.public_key(), other_key().kid, NOW + timedelta(seconds=2))
    keys = Keys(KeyRing(signing_key()))
    tokens = process(clock, keys=keys)
    asked = keys.asked
    clock.advance(0.999)
    tokens.issue(user_id=USER, tenant_id=TENANT)
    tokens.public_keys()
    tokens.verify(signed())
    assert keys.asked == asked
    clock.advance(0.001)
    keys.ring, keys.stamps = KeyRing(signing_key(), (older,)), 1
    with capture_logs() as logs:
        tokens.issue(user_id=USER, tenant_id=TENANT)
    assert logs == [
        {
            "event": "tokens.keys_read",
            "log_level": "info",
            "kid": signing_key().kid,
            "older": 1,
        }
    ]
    shown = tokens.public_keys()
    assert [one.kid for one in shown] == [signing_key().kid, other_key().kid]
    numbers = signing_key().private.public_key().public_numbers()
    for text, number in ((shown[0].modulus, numbers.n), (shown[0].exponent, numbers.e)):
        assert int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big") == number
    # An older key's time is over to the moment.
    clock.advance(1)
    assert len(tokens.public_keys()) == 1


def test_keys_that_cannot_be_read_are_logged_and_tried_again(clock: ManualClock) -> None:
    keys = Keys(KeyRing(signing_key()))
    tokens = process(clock, keys=keys)
    keys.broken, keys.stamps = True, 1
    for _ in range(2):
        clock.advance(1)
        with capture_logs() as logs:
            assert tokens.verify(signed()).user_id == USER
        assert logs == [
            {"event": "tokens.keys_unusable", "log_level": "error", "problem": "half a file"}
        ]


def test_before_the_start_nothing_is_issued(clock: ManualClock) -> None:
    tokens = Rs256Tokens(
        keys=GivenKeys(signing_key), clock=clock, ids=SeededIds(clock=clock, seed=1)
    )
    with pytest.raises(RuntimeError, match=r"^there is no signing key yet: call start\(\) first$"):
        tokens.verify(signed())


@pytest.mark.parametrize("year", [2001, 2099])
def test_our_clock_counts_and_not_the_librarys(year: int) -> None:
    clock = ManualClock(NOW.replace(year=year))
    tokens = process(clock)
    token, principal = tokens.issue(user_id=USER, tenant_id=TENANT)
    assert tokens.verify(token) == principal
