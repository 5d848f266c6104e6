"""What it costs in process to know who asks, beside checking the token's RS256 signature alone.

Cached is what each request of a session pays: the token was seen before and the feed of changes
is read. Uncached is the first request under a token: its signature and claims, its session's
standing and its member's rights. Theirs is PyJWT reading and checking the same tokens with the
one key at hand. Standings and rights come from memory: how long Postgres takes for a first
request is no matter of computing. The time is that of the processor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import process_time

import jwt
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from adapters.security.key_ring import KeyRing
from adapters.security.keys import BITS, SigningKey, thumbprint
from adapters.security.tokens import ALGORITHM, AUDIENCE, ISSUER, Rs256Tokens
from application.identity.authenticate import Authenticate
from bench.rows import Better, Row, alone, compare
from bench.stats import interleave
from bootstrap.identity.credential_status import CredentialStatusParts, build_credential_status
from bootstrap.storage import build_memory
from bootstrap.system import System, build_system
from domain.identity.tenant import Tenant, User

TURNS = 9
TOKENS = 200
# Each token is seen so often in a turn.
ROUNDS = 50
GOAL_CACHED_US = 5.0
GOAL_UNCACHED = 1.5
PEER = "PyJWT decode RS256"


def measure() -> list[Row]:
    """Measure microseconds of the processor for one request."""
    door = uvloop.run(_door())
    uncached, bare = interleave(lambda: uvloop.run(door.uncached_us()), door.bare_us, repeats=TURNS)
    cached = [uvloop.run(door.cached_us()) for _ in range(TURNS)]
    return [
        alone(
            name="auth_cached",
            unit="us",
            better=Better.LOWER,
            ours=cached,
            goal=GOAL_CACHED_US,
        ),
        compare(
            name="auth_uncached",
            unit="us",
            better=Better.LOWER,
            ours=uncached,
            reference=bare,
            reference_name=PEER,
            goal=GOAL_UNCACHED,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _OneKey:
    """A ring that never changes."""

    ring: KeyRing

    def read(self) -> KeyRing:
        """Return the ring."""
        return self.ring

    def stamp(self) -> int:
        """Say that nothing changed."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """Tokens of one owner, and what reads them."""

    private: RSAPrivateKey
    tokens: Sequence[str]
    system: System
    credential_status: CredentialStatusParts

    async def cached_us(self) -> float:
        """Return microseconds for a token that was seen before."""
        authenticate = self._reader()
        await self.credential_status.follow.read()
        await self._all(authenticate)
        taken = 0.0
        for _ in range(ROUNDS):
            # What is remembered counts for a second after each look at the feed.
            await self.credential_status.follow.read()
            taken += await self._all(authenticate)
        return taken / ROUNDS / len(self.tokens) * 1e6

    async def uncached_us(self) -> float:
        """Return microseconds for a token that was never seen."""
        authenticate = self._reader()
        await self.credential_status.follow.read()
        return await self._all(authenticate) / len(self.tokens) * 1e6

    def bare_us(self) -> float:
        """Return microseconds of the library that checks the signature and the claims."""
        public = self.private.public_key()
        began = process_time()
        for token in self.tokens:
            jwt.decode(token, public, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
        return (process_time() - began) / len(self.tokens) * 1e6

    async def _all(self, authenticate: Authenticate) -> float:
        began = process_time()
        for token in self.tokens:
            await authenticate(token)
        return process_time() - began

    def _reader(self) -> Authenticate:
        """Build one that has seen nothing yet."""
        return Authenticate(
            tokens=_reader_of(self.private, self.system),
            credential_status=self.credential_status.authenticate.credential_status,
            rights=self.credential_status.rights,
            is_current=self.credential_status.follow.is_current,
        )


def _reader_of(private: RSAPrivateKey, system: System) -> Rs256Tokens:
    key = SigningKey(private=private, kid=thumbprint(private.public_key()))
    tokens = Rs256Tokens(
        keys=_OneKey(KeyRing(signing=key)),
        clock=system.clock,
        ids=system.ids,
        ttl=timedelta(hours=1),
    )
    tokens.start()
    return tokens


async def _door() -> _Door:
    system = build_system()
    storage = build_memory(system)
    private = rsa.generate_private_key(public_exponent=65_537, key_size=BITS)
    issuing = _reader_of(private, system)
    now = system.clock.now()
    tenant = Tenant(id=system.ids.new(), name="Bench", created_at=now)
    owner = User(
        id=system.ids.new(),
        tenant_id=tenant.id,
        email="owner@example.com",
        password_hash="never checked here",  # noqa: S106 - nobody logs in here by one
        created_at=now,
    )
    await storage.users.found(tenant=tenant, owner=owner)
    return _Door(
        private=private,
        tokens=[issuing.issue(user_id=owner.id, tenant_id=tenant.id)[0] for _ in range(TOKENS)],
        system=system,
        credential_status=build_credential_status(storage=storage, system=system, tokens=issuing),
    )
