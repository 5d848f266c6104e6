"""Write numbers and times for Postgres at a fraction of what the driver takes for them.

A change of a book is full of both, and the same few come again and again: what each is in
Postgres's binary form is kept.
"""

import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_KEPT = 4_096
_BASE = 10_000
_BASE_DIGITS = 4
_NEGATIVE = 0x4000
_HEAD = struct.Struct("!HhHH")
_MICROSECONDS = struct.Struct("!q")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


async def learn_quick_codecs(
    connection: "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]",
) -> None:
    """Let a connection write numbers and times quickly; what it reads is as before."""
    for name, encoder, decoder in (
        ("numeric", numeric_out, numeric_in),
        ("timestamptz", timestamp_out, timestamp_in),
    ):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="binary"
        )


@lru_cache(maxsize=_KEPT)
def numeric_out(value: Decimal) -> bytes:
    """Return a finite number in the binary form of numeric; raises ValueError for others.

    Equal numbers are written alike: with the places after the point of whichever came first.
    """
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is not a finite number")
    scale = max(-exponent, 0)
    # Groups of four digits, the point between two of them.
    groups_behind = -(-scale // _BASE_DIGITS)
    whole = int("".join(map(str, digits))) * 10 ** (groups_behind * _BASE_DIGITS + exponent)
    groups: list[int] = []
    while whole:
        whole, group = divmod(whole, _BASE)
        groups.append(group)
    weight = len(groups) - groups_behind - 1 if groups else 0
    head = _HEAD.pack(len(groups), weight, _NEGATIVE if sign else 0, scale)
    return head + struct.pack(f"!{len(groups)}H", *reversed(groups))


def numeric_in(data: bytes) -> Decimal:
    """Return the number of numeric's binary form; raises ValueError for one that is not finite."""
    count, weight, sign, scale = _HEAD.unpack_from(data)
    if sign not in (0, _NEGATIVE):
        raise ValueError("not a finite number")
    whole = 0
    for group in struct.unpack_from(f"!{count}H", data, _HEAD.size):
        whole = whole * _BASE + group
    # With as many places as it is to be shown with: the last group may hold zeros beyond them.
    shift = (weight + 1 - count) * _BASE_DIGITS + scale
    whole = whole * 10**shift if shift >= 0 else whole // 10**-shift
    return Decimal((1 if sign else 0, tuple(map(int, str(whole))), -scale))


@lru_cache(maxsize=_KEPT)
def timestamp_out(value: datetime) -> bytes:
    """Return a time in the binary form of timestamptz; raises TypeError for one without zone."""
    return _MICROSECONDS.pack((value - _EPOCH) // _MICROSECOND)


def timestamp_in(data: bytes) -> datetime:
    """Return the time of timestamptz's binary form; raises OverflowError beyond all dates."""
    count: int = _MICROSECONDS.unpack(data)[0]
    return _EPOCH + count * _MICROSECOND
