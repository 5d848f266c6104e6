"""A password is compared as it was sent: no letter less, and none made another."""

import asyncio
from collections.abc import Iterator

import argon2
import pytest

from adapters.security import passwords
from adapters.security.passwords import PASSWORD_BYTES_MAX, Argon2idHasher

# Beyond what other hashes look at (72 bytes), and as long as any may be.
KEPT = "Orbit Velvet " + "x" * 100 + " Ünïcode"
LONGEST = "k" * PASSWORD_BYTES_MAX


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Argon2idHasher]:
    # What is compared does not depend on how dear it is made; test_hashing holds the parameters.
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_ARGON2ID", quick)
    made = Argon2idHasher()
    yield made
    made.close()


async def test_the_whole_password_counts_and_nothing_is_changed(hasher: Argon2idHasher) -> None:
    kept = await hasher.hash(KEPT)
    others = [
        KEPT[:-1],
        KEPT.lower(),
        KEPT.strip() + " ",
        KEPT.replace("ü", "u").replace("Ü", "U"),
        KEPT.replace("ï", "i\u0308"),
    ]
    asked = [hasher.verify(password=one, hash=kept) for one in (KEPT, *others)]
    assert await asyncio.gather(*asked) == [True, *[False] * len(others)]


async def test_the_longest_is_not_cut(hasher: Argon2idHasher) -> None:
    kept = await hasher.hash(LONGEST)
    assert await hasher.verify(password=LONGEST, hash=kept)
    assert not await hasher.verify(password=LONGEST[:-1], hash=kept)
    assert not await hasher.verify(password=LONGEST + "k", hash=kept)
    with pytest.raises(ValueError, match="1024 bytes"):
        await hasher.hash(LONGEST + "k")
