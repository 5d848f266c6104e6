"""Issue and verify access tokens: JWTs signed with RS256 (RFC 7519, RFC 8725, RFC 9068)."""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.utils import base64url_decode

from adapters.security.key_ring import KeyRing, KeySource
from adapters.security.keys import UnusableKey, jwk_numbers
from domain.identity.access import NOTHING, Access
from domain.identity.session import Session
from domain.identity.signed_rights import rights_signed, stops_of
from domain.identity.tenant import Principal
from ports.identity import InvalidToken, PublicKey
from ports.ids import Ids
from ports.time import Clock

log = structlog.get_logger(__name__)

ALGORITHM = "RS256"
TYPE = "at+jwt"
ISSUER = "ballast"
AUDIENCE = "ballast-api"
LEEWAY = timedelta(seconds=30)
ACCESS_TTL = timedelta(minutes=5)
TOKEN_BYTES_MAX = 4096
KEPT_MAX = 10_000
# How often it is looked whether the keys were changed.
LOOK_S = 1.0

_HEADER = frozenset({"alg", "kid", "typ"})
_CLAIMS = frozenset({"aud", "exp", "iat", "iss", "jti", "nbf", "sub", "tenant"})
# Those of a log-in; a token that the data folder's key signed for its owner has neither.
_OF_SESSION = _CLAIMS | {"auth_time", "sid"}
# What its user may stop while storage cannot say: every account, or those that are named.
STOPS = "stops"
# The signature is PyJWT's to check; the claims are checked here, against our own clock.
_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class _Head(msgspec.Struct):
    kid: str


_HEAD = msgspec.json.Decoder(_Head)


class Rs256Tokens:
    """Access tokens signed with one RSA key; verified ones are remembered by their hash.

    start() reads the keys and must have returned before anything else is asked. Changed keys
    hold within a second, here as in every process that reads the same ones.
    """

    def __init__(
        self,
        *,
        keys: KeySource,
        clock: Clock,
        ids: Ids,
        ttl: timedelta = ACCESS_TTL,
        kept_max: int = KEPT_MAX,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._ttl = ttl
        self._kept_max = kept_max
        self._ring: KeyRing | None = None
        self._stamp: Hashable = None
        self._look_at = 0.0
        # By SHA-256 of the token: the memory holds no token that could be stolen from it.
        self._kept: OrderedDict[bytes, Principal] = OrderedDict()

    def start(self) -> None:
        """Read the keys; raises UnusableKey."""
        # Before the keys: what changes in between is read again.
        self._stamp = self._keys.stamp()
        self._ring = self._keys.read()
        self._look_at = self._clock.monotonic() + LOOK_S

    def issue(
        self,
        *,
        user_id: UUID,
        tenant_id: UUID,
        session: Session | None = None,
        access: Access = NOTHING,
    ) -> tuple[str, Principal]:
        """Return a signed token and what it says."""
        if self._clock.monotonic() >= self._look_at:
            self._look()
        key = self._started().signing
        issued_at = self._clock.now().replace(microsecond=0)
        expires_at = issued_at + self._ttl
        known_at = issued_at
        if session is not None:
            expires_at = min(expires_at, session.expires_at.replace(microsecond=0))
            known_at = session.authenticated_at.replace(microsecond=0)
        stops = list(stops_of(access))
        principal = Principal(
            user_id=user_id,
            tenant_id=tenant_id,
            token_id=str(self._ids.new()),
            expires_at=expires_at,
            session_id=session.id if session is not None else None,
            authenticated_at=known_at,
            signed=_signed(stops),
        )
        seconds = int(issued_at.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "tenant": str(tenant_id),
            "jti": principal.token_id,
            "iat": seconds,
            "nbf": seconds,
            "exp": int(expires_at.timestamp()),
        }
        if session is not None:
            claims |= {"sid": str(session.id), "auth_time": int(known_at.timestamp())}
        if stops:
            claims[STOPS] = stops
        headers = {"typ": TYPE, "kid": key.kid}
        return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers), principal

    def public_keys(self) -> Sequence[PublicKey]:
        """Return the keys that tokens now in use are signed with, the one that signs first."""
        if self._clock.monotonic() >= self._look_at:
            self._look()
        ring, now = self._started(), self._clock.now()
        found = {ring.signing.kid: ring.signing.private.public_key()}
        for key in ring.older:
            if ring.public(key.kid, now=now) is not None:
                found.setdefault(key.kid, key.public)
        shown = {kid: jwk_numbers(key) for kid, key in found.items()}
        return [
            PublicKey(kid=kid, modulus=modulus, exponent=exponent)
            for kid, (exponent, modulus) in shown.items()
        ]

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken with the reason."""
        # Only ASCII can be a token; anything else must not reach the hash as an error.
        if not token.isascii() or len(token) > TOKEN_BYTES_MAX:
            raise InvalidToken("the token is not a JWT of ours")
        if self._clock.monotonic() >= self._look_at:
            self._look()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known = self._kept.get(digest)
        if known is None:
            known = self._read(token)
            self._keep(digest, known)
        elif self._clock.now() >= known.expires_at + LEEWAY:
            del self._kept[digest]
            raise InvalidToken("the token has expired")
        return known

    def _read(self, token: str) -> Principal:
        try:
            key = self._public(_kid(token))
            read = jwt.decode_complete(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
        except jwt.InvalidTokenError as problem:
            raise InvalidToken("the token is malformed or its signature is wrong") from problem
        header: Mapping[str, Any] = read["header"]
        # Not a list of forbidden names: jku, x5u, jwk, crit and all to come are refused.
        if header.keys() != _HEADER or header["typ"] != TYPE:
            raise InvalidToken("the token's header is not one of ours")
        return self._checked(read["payload"])

    def _public(self, kid: str) -> RSAPublicKey:
        now = self._clock.now()
        key = self._started().public(kid, now=now)
        if key is None:
            # Another process may have begun to sign with a new one.
            self._look()
            key = self._started().public(kid, now=now)
        if key is None:
            raise InvalidToken("the token's key is none of ours")
        return key

    def _look(self) -> None:
        """Read the keys again if they were changed; unusable ones leave those of before."""
        self._look_at = self._clock.monotonic() + LOOK_S
        stamp = self._keys.stamp()
        if stamp == self._stamp:
            return
        try:
            self._ring = self._keys.read()
        except UnusableKey as problem:
            log.error("tokens.keys_unusable", problem=str(problem))
            return
        self._stamp = stamp
        # What a key signed that is gone is void.
        self._kept.clear()
        log.info("tokens.keys_read", kid=self._ring.signing.kid, older=len(self._ring.older))

    def _checked(self, claims: Mapping[str, Any]) -> Principal:
        if claims.keys() - {STOPS} not in (_CLAIMS, _OF_SESSION):
            raise InvalidToken("the token lacks a claim, or has one too many")
        if claims["iss"] != ISSUER or claims["aud"] != AUDIENCE:
            raise InvalidToken("the token is not for this service")
        expires_at, starts_at = _time(claims, "exp"), _time(claims, "nbf")
        now = self._clock.now()
        if now >= expires_at + LEEWAY:
            raise InvalidToken("the token has expired")
        if now < starts_at - LEEWAY or now < _time(claims, "iat") - LEEWAY:
            raise InvalidToken("the token is not valid yet")
        with_session = "sid" in claims
        return Principal(
            user_id=_id(claims, "sub"),
            tenant_id=_id(claims, "tenant"),
            token_id=str(_id(claims, "jti")),
            expires_at=expires_at,
            session_id=_id(claims, "sid") if with_session else None,
            authenticated_at=_time(claims, "auth_time" if with_session else "iat"),
            signed=_signed(claims.get(STOPS, [])),
        )

    def _keep(self, digest: bytes, principal: Principal) -> None:
        self._kept[digest] = principal
        while len(self._kept) > self._kept_max:
            self._kept.popitem(last=False)

    def _started(self) -> KeyRing:
        if self._ring is None:
            raise RuntimeError("there is no signing key yet: call start() first")
        return self._ring


def _kid(token: str) -> str:
    """Return the key id that a header names, to find the key that checks all of it.

    PyJWT's own way decodes and inspects the whole token for that, and does so again to check it.
    """
    try:
        return _HEAD.decode(base64url_decode(token.partition(".")[0])).kid
    # Nested a thousand times is not ours either.
    except (ValueError, msgspec.DecodeError, RecursionError) as problem:
        raise InvalidToken("the token is malformed or its signature is wrong") from problem


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    # bool is an int to Python, and a float would be read differently by others.
    if type(value) is not int:
        raise InvalidToken(f"the token's {name} is not a whole number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as problem:
        raise InvalidToken(f"the token's {name} is out of range") from problem


def _signed(stops: object) -> Access:
    """Return what a token says that its user may do without storage."""
    if not isinstance(stops, list) or not all(isinstance(one, str) for one in stops):
        raise InvalidToken(f"the token's {STOPS} is no list of accounts")
    try:
        return rights_signed(stops)
    except ValueError as problem:
        raise InvalidToken(f"the token's {STOPS} is no list of accounts") from problem


def _id(claims: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(claims[name])
    except (AttributeError, TypeError, ValueError) as problem:
        raise InvalidToken(f"the token's {name} is not an id") from problem
