"""What every adapter of Cache promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import pytest

from ports.cache import Cache, CacheKey, CachePolicy
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

ASKERS = 16
# Long enough that a busy machine does not let it pass between two lines of a test.
FRESH_S = 0.8


def key(name: str = "rates", *, space: str = "tests") -> CacheKey:
    return CacheKey(tenant_id=builders.new_id(), space=space, name=name)


def policy(**given: Any) -> CachePolicy:
    fields: dict[str, Any] = {"fresh_s": FRESH_S, "jitter": 0.0}
    return CachePolicy(**(fields | given))


class Source:
    """Answers one after the other, and counts how often it was asked; None among them fails."""

    def __init__(self, *answers: bytes | Exception | None, takes_s: float = 0.0) -> None:
        self.answers = list(answers)
        self.takes_s = takes_s
        self.asked = 0

    async def __call__(self) -> bytes | None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if isinstance(answer, Exception):
            raise answer
        return answer


class CacheContract(Contract):
    """Subclasses give `caches`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def caches(self) -> Sequence[Cache]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_what_was_loaded_is_kept_while_it_is_fresh(
        self, caches: Sequence[Cache], passes: Pass
    ) -> None:
        source, asked = Source(b"one", b"two"), key()
        for cache in (*caches, *caches):
            assert await cache.get_or_load(key=asked, load=source, policy=policy()) == b"one"
        assert source.asked == 1
        await passes(FRESH_S)
        found = [await one.get_or_load(key=asked, load=source, policy=policy()) for one in caches]
        assert found == [b"two"] * len(caches)
        assert source.asked == 2

    async def test_of_all_who_ask_at_once_one_loads(self, caches: Sequence[Cache]) -> None:
        source, asked = Source(b"one", takes_s=0.05), key()
        found = await asyncio.gather(
            *(
                cache.get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
                for cache in caches
                for _ in range(ASKERS)
            )
        )
        assert found == [b"one"] * (ASKERS * len(caches))
        assert source.asked == 1

    async def test_who_asked_first_may_leave(self, caches: Sequence[Cache]) -> None:
        source, asked = Source(b"one", takes_s=0.05), key()
        asking = [
            asyncio.create_task(
                caches[0].get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
            )
            for _ in range(2)
        ]
        await asyncio.sleep(0.02)
        asking[0].cancel()
        assert await asking[1] == b"one"
        assert source.asked == 1

    async def test_tenants_spaces_and_names_do_not_mix(self, caches: Sequence[Cache]) -> None:
        first = key()
        others = (
            key(),
            CacheKey(tenant_id=None, space=first.space, name=first.name),
            CacheKey(tenant_id=first.tenant_id, space="other", name=first.name),
            CacheKey(tenant_id=first.tenant_id, space=first.space, name="other"),
        )
        for number, one in enumerate((first, *others)):
            source = Source(str(number).encode())
            found = await caches[0].get_or_load(key=one, load=source, policy=policy(fresh_s=5))
            assert found == str(number).encode()

    async def test_that_there_is_none_is_kept_only_where_that_is_allowed(
        self, caches: Sequence[Cache], passes: Pass
    ) -> None:
        source, asked = Source(None), key()
        for cache in (*caches, *caches):
            assert await cache.get_or_load(key=asked, load=source, policy=policy()) is None
        assert source.asked == 2 * len(caches)
        allowed, other = policy(absent_s=FRESH_S), key()
        for cache in (*caches, *caches):
            assert await cache.get_or_load(key=other, load=source, policy=allowed) is None
        assert source.asked == 2 * len(caches) + 1
        await passes(FRESH_S)
        assert await caches[0].get_or_load(key=other, load=source, policy=allowed) is None
        assert source.asked == 2 * len(caches) + 2

    async def test_an_empty_answer_is_an_answer(self, caches: Sequence[Cache]) -> None:
        source, asked = Source(b""), key()
        for cache in (*caches, *caches):
            assert await cache.get_or_load(key=asked, load=source, policy=policy(fresh_s=5)) == b""
        assert source.asked == 1

    async def test_a_load_that_fails_is_told_to_all_and_not_kept(
        self, caches: Sequence[Cache]
    ) -> None:
        source, asked = Source(OSError("gone"), b"back", takes_s=0.02), key()
        cache = caches[0]
        found = await asyncio.gather(
            *(cache.get_or_load(key=asked, load=source, policy=policy()) for _ in range(3)),
            return_exceptions=True,
        )
        assert [str(one) for one in found] == ["gone"] * 3
        assert await cache.get_or_load(key=asked, load=source, policy=policy()) == b"back"
        assert source.asked == 2

    async def test_an_old_answer_stands_in_for_a_failed_load_only_where_that_is_allowed(
        self, caches: Sequence[Cache], passes: Pass
    ) -> None:
        strict, lenient = key("strict"), key("lenient")
        allowed = policy(stale_s=FRESH_S)
        cache = caches[0]
        await cache.get_or_load(key=strict, load=Source(b"old"), policy=policy())
        await cache.get_or_load(key=lenient, load=Source(b"old"), policy=allowed)
        await passes(FRESH_S)
        fails = Source(OSError("gone"))
        with pytest.raises(OSError, match="gone"):
            await cache.get_or_load(key=strict, load=fails, policy=policy())
        assert await cache.get_or_load(key=lenient, load=fails, policy=allowed) == b"old"
        assert fails.asked == 2
        await passes(FRESH_S)
        with pytest.raises(OSError, match="gone"):
            await cache.get_or_load(key=lenient, load=fails, policy=allowed)

    async def test_what_was_forgotten_is_loaded_again_by_everyone(
        self, caches: Sequence[Cache]
    ) -> None:
        source, asked = Source(b"one", b"two"), key()
        first = caches[0]
        await first.get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
        assert await caches[-1].forget(asked)
        found = await first.get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
        assert found == b"two"

    async def test_an_answer_that_is_forgotten_while_it_is_loaded_is_not_kept(
        self, caches: Sequence[Cache]
    ) -> None:
        source, asked = Source(b"old", b"new", takes_s=0.05), key()
        first = caches[0]
        loading = asyncio.create_task(
            first.get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
        )
        await asyncio.sleep(0.02)
        await caches[-1].forget(asked)
        assert await loading == b"old"
        found = await first.get_or_load(key=asked, load=source, policy=policy(fresh_s=5))
        assert found == b"new"

    async def test_what_is_too_large_is_returned_and_not_kept(
        self, caches: Sequence[Cache]
    ) -> None:
        source, asked = Source(b"x" * 11), key()
        for _ in range(2):
            found = await caches[0].get_or_load(
                key=asked, load=source, policy=policy(fresh_s=5, size_max_bytes=10)
            )
            assert found == b"x" * 11
        assert source.asked == 2
