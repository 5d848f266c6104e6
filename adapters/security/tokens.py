"""Issue and verify access tokens: JWTs signed with RS256 (RFC 7519, RFC 8725, RFC 9068)."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from adapters.security.keys import SigningKey
from domain.identity.tenant import Principal
from ports.identity import InvalidToken
from ports.ids import Ids
from ports.time import Clock

ALGORITHM = "RS256"
TYPE = "at+jwt"
ISSUER = "ballast"
AUDIENCE = "ballast-api"
LEEWAY = timedelta(seconds=30)
ACCESS_TTL = timedelta(minutes=5)
TOKEN_BYTES_MAX = 4096
KEPT_MAX = 10_000

_HEADER = frozenset({"alg", "kid", "typ"})
_CLAIMS = frozenset({"aud", "exp", "iat", "iss", "jti", "nbf", "sub", "tenant"})
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


class Rs256Tokens:
    """Access tokens signed with one RSA key; verified ones are remembered by their hash.

    start() reads the key and must have returned before anything else is asked.
    """

    def __init__(
        self,
        *,
        read_key: Callable[[], SigningKey],
        clock: Clock,
        ids: Ids,
        ttl: timedelta = ACCESS_TTL,
        kept_max: int = KEPT_MAX,
    ) -> None:
        self._read_key = read_key
        self._clock = clock
        self._ids = ids
        self._ttl = ttl
        self._kept_max = kept_max
        self._key: SigningKey | None = None
        # By SHA-256 of the token: the memory holds no token that could be stolen from it.
        self._kept: OrderedDict[bytes, Principal] = OrderedDict()

    def start(self) -> None:
        """Read the key; raises UnusableKey."""
        self._key = self._read_key()

    def issue(self, *, user_id: UUID, tenant_id: UUID) -> tuple[str, Principal]:
        """Return a signed token and what it says."""
        key = self._started()
        issued_at = self._clock.now().replace(microsecond=0)
        principal = Principal(
            user_id=user_id,
            tenant_id=tenant_id,
            token_id=str(self._ids.new()),
            expires_at=issued_at + self._ttl,
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
            "exp": seconds + int(self._ttl.total_seconds()),
        }
        headers = {"typ": TYPE, "kid": key.kid}
        return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers), principal

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken with the reason."""
        # Only ASCII can be a token; anything else must not reach the hash as an error.
        if not token.isascii() or len(token) > TOKEN_BYTES_MAX:
            raise InvalidToken("the token is not a JWT of ours")
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
        key = self._started()
        try:
            header = jwt.get_unverified_header(token)
            # Not a list of forbidden names: jku, x5u, jwk, crit and all to come are refused.
            if header.keys() != _HEADER or header["typ"] != TYPE or header["kid"] != key.kid:
                raise InvalidToken("the token's header is not one of ours")
            claims = jwt.decode(
                token, key.private.public_key(), algorithms=[ALGORITHM], options=_SIGNATURE_ONLY
            )
        except jwt.InvalidTokenError as problem:
            raise InvalidToken("the token is malformed or its signature is wrong") from problem
        return self._checked(claims)

    def _checked(self, claims: Mapping[str, Any]) -> Principal:
        if claims.keys() != _CLAIMS:
            raise InvalidToken("the token lacks a claim, or has one too many")
        if claims["iss"] != ISSUER or claims["aud"] != AUDIENCE:
            raise InvalidToken("the token is not for this service")
        expires_at, starts_at = _time(claims, "exp"), _time(claims, "nbf")
        now = self._clock.now()
        if now >= expires_at + LEEWAY:
            raise InvalidToken("the token has expired")
        if now < starts_at - LEEWAY or now < _time(claims, "iat") - LEEWAY:
            raise InvalidToken("the token is not valid yet")
        return Principal(
            user_id=_id(claims, "sub"),
            tenant_id=_id(claims, "tenant"),
            token_id=str(_id(claims, "jti")),
            expires_at=expires_at,
        )

    def _keep(self, digest: bytes, principal: Principal) -> None:
        self._kept[digest] = principal
        while len(self._kept) > self._kept_max:
            self._kept.popitem(last=False)

    def _started(self) -> SigningKey:
        if self._key is None:
            raise RuntimeError("there is no signing key yet: call start() first")
        return self._key


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    # bool is an int to Python, and a float would be read differently by others.
    if type(value) is not int:
        raise InvalidToken(f"the token's {name} is not a whole number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as problem:
        raise InvalidToken(f"the token's {name} is out of range") from problem


def _id(claims: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(claims[name])
    except (AttributeError, TypeError, ValueError) as problem:
        raise InvalidToken(f"the token's {name} is not an id") from problem
