"""Read the commits of every consumer group from the topic in which Kafka keeps them."""

import struct
from dataclasses import dataclass

COMMITS = "__consumer_offsets"

# Keys of commits have these versions; others are of groups' members.
_KEY_VERSIONS = (0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRecord:
    """One commit as Kafka keeps it."""

    group: str
    topic: str
    number: int
    offset: int


def read_commit(*, key: bytes | None, value: bytes | None) -> CommitRecord | None:
    """Return the commit of a record, None for what is none or cannot be read.

    The layouts are OffsetCommitKey.json and OffsetCommitValue.json in Kafka's
    group-coordinator/src/main/resources/common/message: a key is version, group, topic and
    partition; every value so far begins with its version and the offset, and no more of it
    is looked at. Without a value the offset was removed.
    """
    if key is None or value is None:
        return None
    try:
        (version,) = struct.unpack_from(">h", key)
        if version not in _KEY_VERSIONS:
            return None
        group, at = _text(key, 2)
        topic, at = _text(key, at)
        (number,) = struct.unpack_from(">i", key, at)
        _, offset = struct.unpack_from(">hq", value)
    except (struct.error, UnicodeDecodeError, ValueError):
        return None
    return CommitRecord(group=group, topic=topic, number=number, offset=offset)


def _text(content: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">h", content, at)
    end = at + 2 + length
    if length < 0 or end > len(content):
        raise ValueError("a text runs beyond its record")
    return content[at + 2 : end].decode(), end
