"""Tell of one account's orders: the same number and size of notices for every side."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic, monotonic_ns
from uuid import UUID

from adapters.http.streams.messages import event_frame
from adapters.system.ids import UuidV7Ids
from domain.shared.notices import Notice

MESSAGE_BYTES = 500
TENANT_ID = UUID(int=1)
ACCOUNT_ID = UUID(int=2)
AT = datetime(2026, 1, 5, 16, tzinfo=UTC)


async def tell(
    on_notice: Callable[[Notice], Awaitable[None]], *, messages: int, interval_ms: float
) -> None:
    """Hand over so many notices, each stamped in its body as it is handed over."""
    ids = UuidV7Ids()
    interval_s = interval_ms / 1_000
    started = monotonic()
    spare = MESSAGE_BYTES - len(event_frame(_notice(1, id=ids.new(), pad="")))
    for number in range(messages):
        # Against the start, so that the time a broadcast takes does not stretch the interval.
        await asyncio.sleep(max(0.0, started + number * interval_s - monotonic()))
        await on_notice(_notice(number + 1, id=ids.new(), pad="x" * max(0, spare)))


def _notice(sequence: int, *, id: UUID, pad: str) -> Notice:
    return Notice(
        id=id,
        tenant_id=TENANT_ID,
        account_id=ACCOUNT_ID,
        channel="orders",
        sequence=sequence,
        type="order.accepted",
        subject=str(id),
        at=AT,
        market_at=AT,
        body={"sent_ns": str(monotonic_ns()), "pad": pad},
    )
