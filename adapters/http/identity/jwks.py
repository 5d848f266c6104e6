"""Show the public keys that access tokens are checked with (RFC 7517)."""

from typing import Literal

import msgspec


class JwkView(msgspec.Struct):
    """A public key (RFC 7517)."""

    kty: Literal["RSA"]
    use: Literal["sig"]
    alg: Literal["RS256"]
    kid: str
    n: str
    e: str


class JwksView(msgspec.Struct):
    """The keys that access tokens can be checked with, the one that signs first."""

    keys: list[JwkView]
