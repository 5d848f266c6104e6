"""Wait for a broker's answer for a bounded time, whatever the broker's adapter does."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from ports.broker import BrokerUnsure

# Longer than an adapter's own limit: this one is for those that hang all the same.
ANSWER_S = 12.0

T = TypeVar("T")


async def in_time(call: Awaitable[T]) -> T:
    """Return the answer; raise BrokerUnsure when there is none in time."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await call
    except TimeoutError as problem:
        raise BrokerUnsure(f"no answer within {ANSWER_S:g} s") from problem
