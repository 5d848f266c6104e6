"""Hash passwords with Argon2id, few at a time."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from ports.identity import HasherBusy
from ports.storage import StorageCorrupt

T = TypeVar("T")

# RFC 9106, section 4, with 128-bit salt and 256-bit tag; about a tenth of a second.
_ARGON2ID = argon2.PasswordHasher(
    time_cost=3,
    memory_cost=64 * 1024,
    parallelism=4,
    hash_len=32,
    salt_len=16,
    type=argon2.Type.ID,
)
# Each takes 64 MiB and four threads: more at once would be a way to exhaust the machine.
AT_ONCE = 2
WAITING_MAX = 16
# A longer password is not a person's, and would make every try dearer for us than for them.
PASSWORD_BYTES_MAX = 1024


class Argon2idHasher:
    """Argon2id in two threads; the queue before them is short, then it refuses."""

    def __init__(self, *, waiting_max: int = WAITING_MAX) -> None:
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")
        self._places = threading.BoundedSemaphore(AT_ONCE + waiting_max)

    async def hash(self, password: str) -> str:
        """Return the encoded hash; raises HasherBusy, ValueError for over 1,024 bytes."""
        secret = _bytes(password)
        if len(secret) > PASSWORD_BYTES_MAX:
            raise ValueError(f"a password has at most {PASSWORD_BYTES_MAX} bytes")
        return await self._run(lambda: _ARGON2ID.hash(secret))

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell whether the password has that hash; raises HasherBusy, StorageCorrupt."""
        secret = _bytes(password)
        if len(secret) > PASSWORD_BYTES_MAX:
            return False
        return await self._run(lambda: _verify(secret, hash))

    def is_outdated(self, hash: str) -> bool:
        """Tell whether the hash was made with other parameters than those of today."""
        try:
            return _ARGON2ID.check_needs_rehash(hash)
        except InvalidHashError:
            return True

    def close(self) -> None:
        """End the threads; what waits for one is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise HasherBusy("too many passwords wait to be checked; try again in a second")
        future: Future[T] = self._threads.submit(work)
        # Freed when the thread is done, not when the caller leaves: a caller that hangs up
        # would otherwise make room for work that is still going on.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def _bytes(password: str) -> bytes:
    # JSON can carry half a surrogate pair: a wrong password then, not an error.
    return password.encode(errors="surrogatepass")


def _verify(password: bytes, hash: str) -> bool:
    try:
        return _ARGON2ID.verify(hash, password)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as problem:
        raise StorageCorrupt("a stored password hash is not an Argon2id hash") from problem
