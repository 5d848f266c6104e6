"""The password hashers keep the promises of their port."""

from collections.abc import Iterator

import pytest

from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import QuickHasher
from adapters.security.passwords import AT_ONCE, Argon2idHasher
from adapters.system.time import SystemSleeper
from ports.identity import PasswordHasher
from tests.contracts.identity.hasher import PasswordHasherContract


class TestQuickHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return QuickHasher(randomness=SeededRandomness(1), sleeper=SystemSleeper())

    @pytest.fixture
    def crowded(self) -> PasswordHasher:
        return QuickHasher(randomness=SeededRandomness(1), sleeper=SystemSleeper(), places=3)


class TestArgon2idHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> Iterator[PasswordHasher]:
        made = Argon2idHasher()
        yield made
        made.close()

    @pytest.fixture
    def crowded(self) -> Iterator[PasswordHasher]:
        made = Argon2idHasher(waiting_max=3 - AT_ONCE)
        yield made
        made.close()
