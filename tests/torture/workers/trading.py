"""What the tortures of separate processes share: the venue, its clients, the relay's end."""

import asyncio

from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess
from tests.torture.context import QUOTES
from tests.torture.kills import FAULTS, HORIZON_S
from tests.torture.workers.cluster import Cluster

DRAINED_S = 60.0


def venue_arguments(*, dedup: Dedup, seed: int) -> list[str]:
    """Return how the venue is started that loses, repeats and hides by the dice."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    faults = [f"--faults={FAULTS}", f"--seed={seed}", f"--settle-horizon-s={HORIZON_S}"]
    return [f"--dedup={dedup}", *faults, *quotes]


def venue_settings(venue: VenueProcess, *, dedup: Dedup) -> dict[str, str]:
    """Return the settings of workers that trade there."""
    return {
        "BALLAST_PAPER_URL": venue.url,
        "BALLAST_PAPER_DEDUP": dedup,
        "BALLAST_PAPER_SETTLE_HORIZON_S": str(HORIZON_S),
    }


async def drained(cluster: Cluster, *, within_s: float = DRAINED_S) -> list[str]:
    """Wait until the relay to Kafka stands at the journal's end, and say if it does not."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while True:
        ((left,),) = await cluster.fetch(
            "SELECT count(*) FROM notices n LEFT JOIN reader_cursors r ON r.reader = 'kafka'"
            " WHERE r.cursor IS NULL OR (n.xact, n.position) >"
            " (split_part(r.cursor, '-', 1)::xid8, split_part(r.cursor, '-', 2)::bigint)"
        )
        if not left:
            return []
        if loop.time() > until:
            return [f"the relay has {left} events before it {within_s:.0f} s after the kills"]
        await asyncio.sleep(0.2)
