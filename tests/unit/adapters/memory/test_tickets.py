"""Tickets in memory are bounded."""

from datetime import UTC, datetime

from adapters.memory.randomness import SeededRandomness
from adapters.memory.tickets import TICKETS_MAX, MemoryTickets
from adapters.memory.time import ManualClock


async def test_the_oldest_ticket_lapses_early_when_there_are_too_many() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    tickets = MemoryTickets(clock=clock, randomness=SeededRandomness(1), lasts_s=30)
    first = await tickets.issue("token")
    made = [await tickets.issue("token") for _ in range(TICKETS_MAX)]
    assert len({first, *made}) == TICKETS_MAX + 1
    assert await tickets.redeem(first) is None
    assert await tickets.redeem(made[0]) == "token"
