"""What every adapter of Tickets promises."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ports.tickets import Tickets

LASTS_S = 30.0

Pass = Callable[[float], Awaitable[None]]


class TicketsContract:
    """Subclasses give `tickets` that last LASTS_S, and `let_pass`."""

    @pytest.fixture
    def tickets(self) -> Tickets:
        raise NotImplementedError

    @pytest.fixture
    def let_pass(self) -> Pass:
        raise NotImplementedError

    async def test_each_is_good_once_for_its_own_token(self, tickets: Tickets) -> None:
        first, second = await tickets.issue("token one"), await tickets.issue("token two")
        assert await tickets.redeem(second) == "token two"
        assert await tickets.redeem(first) == "token one"
        assert await tickets.redeem(first) is None

    async def test_of_many_who_ask_at_once_one_gets_it(self, tickets: Tickets) -> None:
        ticket = await tickets.issue("token")
        got = await asyncio.gather(*(tickets.redeem(ticket) for _ in range(8)))
        assert sorted(one for one in got if one is not None) == ["token"]

    async def test_it_lapses(self, tickets: Tickets, let_pass: Pass) -> None:
        ticket, later = await tickets.issue("token"), await tickets.issue("token")
        await let_pass(LASTS_S - 1)
        assert await tickets.redeem(ticket) == "token"
        await let_pass(2)
        assert await tickets.redeem(later) is None

    @pytest.mark.parametrize("ticket", ["", "nonsense", "\u20ac\x00", "x" * 5000])
    async def test_what_is_none_is_refused(self, tickets: Tickets, ticket: str) -> None:
        assert await tickets.redeem(ticket) is None
