"""Choose a message's partition as Kafka's own clients do, without reckoning it anew each time."""

from collections.abc import Sequence
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner, murmur2

# Longer ones are not ours: nobody shall fill the memory with them.
_KEY_BYTES_MAX = 64
_KEYS_MAX = 16_384

_otherwise = DefaultPartitioner()
# The library's is in Python, and takes longer than the rest of sending a message.
_hashed = lru_cache(maxsize=_KEYS_MAX)(murmur2)


def partition_for(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """Return the partition of a key, one of the available for a message without one."""
    if key is None or len(key) > _KEY_BYTES_MAX:
        anywhere: int = _otherwise(key, partitions, available)
        return anywhere
    hashed: int = _hashed(key)
    return partitions[(hashed & 0x7FFFFFFF) % len(partitions)]
