"""The access tokens keep the promises of their port."""

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import MemoryTokens
from adapters.memory.time import ManualClock
from adapters.security.key_ring import GivenKeys
from adapters.security.keys import SigningKey
from adapters.security.tokens import Rs256Tokens
from ports.identity import AccessTokens
from tests.contracts.identity.tokens import TTL, AccessTokensContract
from tests.unit.adapters.security.signing import other_key, signing_key


def _memory(clock: ManualClock, *, seed: int) -> AccessTokens:
    return MemoryTokens(
        randomness=SeededRandomness(seed), clock=clock, ids=SeededIds(clock=clock, seed=1), ttl=TTL
    )


def _rs256(clock: ManualClock, *, key: SigningKey) -> AccessTokens:
    made = Rs256Tokens(
        keys=GivenKeys(lambda: key), clock=clock, ids=SeededIds(clock=clock, seed=1), ttl=TTL
    )
    made.start()
    return made


class TestMemoryTokens(AccessTokensContract):
    @pytest.fixture
    def tokens(self, clock: ManualClock) -> AccessTokens:
        return _memory(clock, seed=1)

    @pytest.fixture
    def strangers(self, clock: ManualClock) -> AccessTokens:
        return _memory(clock, seed=2)


class TestRs256Tokens(AccessTokensContract):
    @pytest.fixture
    def tokens(self, clock: ManualClock) -> AccessTokens:
        return _rs256(clock, key=signing_key())

    @pytest.fixture
    def strangers(self, clock: ManualClock) -> AccessTokens:
        return _rs256(clock, key=other_key())
