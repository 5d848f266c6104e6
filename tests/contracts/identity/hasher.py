"""What every adapter of PasswordHasher promises."""

import asyncio
from abc import abstractmethod

import pytest

from ports.identity import HasherBusy, PasswordHasher
from ports.storage import StorageCorrupt
from tests.contracts.contract import Contract


class PasswordHasherContract(Contract):
    """Subclasses give `hasher`, and `crowded`: one that takes at most three at a time."""

    @pytest.fixture
    @abstractmethod
    def hasher(self) -> PasswordHasher: ...

    @pytest.fixture
    @abstractmethod
    def crowded(self) -> PasswordHasher: ...

    async def test_only_the_password_hashed_is_verified(self, hasher: PasswordHasher) -> None:
        kept = await hasher.hash("correct horse")
        assert await hasher.verify(password="correct horse", hash=kept)
        assert not await hasher.verify(password="correct horse ", hash=kept)
        assert not await hasher.verify(password="", hash=kept)
        assert not await hasher.verify(password="\ud800", hash=kept)

    async def test_equal_passwords_have_different_hashes(self, hasher: PasswordHasher) -> None:
        one, two = await hasher.hash("same"), await hasher.hash("same")
        assert one != two
        assert "same" not in one

    async def test_its_own_hashes_are_not_outdated_and_others_are(
        self, hasher: PasswordHasher
    ) -> None:
        assert not hasher.is_outdated(await hasher.hash("correct horse"))
        weaker = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43
        for kept in (weaker, "", "plain"):
            assert hasher.is_outdated(kept)

    @pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$broken", "quick$"])
    async def test_what_is_no_hash_is_corrupt_not_a_wrong_password(
        self, hasher: PasswordHasher, kept: str
    ) -> None:
        with pytest.raises(StorageCorrupt):
            await hasher.verify(password="any", hash=kept)

    async def test_too_many_at_once_are_refused_and_the_others_served(
        self, crowded: PasswordHasher
    ) -> None:
        asked = [crowded.hash(str(number)) for number in range(10)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, HasherBusy)]
        assert len(refused) == 7
        assert await crowded.hash("room again")

    async def test_who_leaves_early_gives_the_place_back(self, crowded: PasswordHasher) -> None:
        for _ in range(5):
            task = asyncio.create_task(crowded.hash("left"))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # The work in hand is finished before its place is free.
            while True:
                try:
                    assert await crowded.hash("next")
                    break
                except HasherBusy:
                    await asyncio.sleep(0.01)
