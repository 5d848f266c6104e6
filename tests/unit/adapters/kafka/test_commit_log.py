"""Commits are read from Kafka's own records, and nothing else is taken for one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kafka.commit_log import CommitRecord, read_commit

VALUE = struct.pack(">hq", 3, 42) + b"\0\0\0\1rest"


def key(version: int = 1, group: str = "g", topic: str = "t", number: int = 7) -> bytes:
    def text(value: str) -> bytes:
        encoded = value.encode()
        return struct.pack(">h", len(encoded)) + encoded

    return struct.pack(">h", version) + text(group) + text(topic) + struct.pack(">i", number)


@pytest.mark.parametrize("version", [0, 1])
def test_a_commit_is_read(version: int) -> None:
    found = read_commit(key=key(version, group="gruppe-é"), value=VALUE)
    assert found == CommitRecord(group="gruppe-é", topic="t", number=7, offset=42)


def test_what_is_said_of_members_is_no_commit() -> None:
    assert read_commit(key=key(version=2), value=VALUE) is None


def test_an_offset_that_was_removed_is_no_commit() -> None:
    assert read_commit(key=key(), value=None) is None
    assert read_commit(key=None, value=VALUE) is None


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_no_bytes_make_it_fail(key: bytes, value: bytes) -> None:
    read_commit(key=key, value=value)


@given(st.integers(0, 20))
def test_a_key_that_was_cut_off_is_no_commit(length: int) -> None:
    whole = key()
    assert read_commit(key=whole[: min(length, len(whole) - 1)], value=VALUE) is None
