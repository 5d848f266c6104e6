"""What every adapter of Tickets promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from domain.identity.tenant import Principal
from ports.tickets import Session, Tickets
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass


def session(token: str = "an access token") -> Session:
    principal = Principal(
        user_id=builders.new_id(),
        tenant_id=builders.new_id(),
        token_id="t-1",
        expires_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        session_id=builders.new_id(),
        authenticated_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )
    return Session(principal=principal, token=token)


class TicketsContract(Contract):
    """Subclasses give `tickets`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def tickets(self) -> Sequence[Tickets]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_a_ticket_lets_its_owner_in_once_wherever(
        self, tickets: Sequence[Tickets]
    ) -> None:
        mine, other = session(), session("another token")
        ticket = await tickets[0].issue(mine, lasts_s=30)
        await tickets[0].issue(other, lasts_s=30)
        assert ticket.replace("-", "").replace("_", "").isalnum()
        assert await tickets[-1].redeem(ticket) == mine
        for one in tickets:
            assert await one.redeem(ticket) is None

    async def test_of_many_who_redeem_it_at_once_one_gets_in(
        self, tickets: Sequence[Tickets]
    ) -> None:
        ticket = await tickets[0].issue(session(), lasts_s=30)
        found = await asyncio.gather(*(one.redeem(ticket) for one in tickets for _ in range(32)))
        assert sum(one is not None for one in found) == 1

    async def test_a_ticket_lapses(self, tickets: Sequence[Tickets], passes: Pass) -> None:
        ticket = await tickets[0].issue(session(), lasts_s=0.1)
        await passes(0.1)
        assert await tickets[-1].redeem(ticket) is None

    async def test_what_is_no_ticket_lets_nobody_in(self, tickets: Sequence[Tickets]) -> None:
        ticket = await tickets[0].issue(session(), lasts_s=30)
        for guess in (
            "",
            "x",
            ticket[:-1],
            ticket + "A",
            "\0",
            "ü" * 32,
            "\u20ac\0",
            "A" * 100_000,
        ):
            assert await tickets[-1].redeem(guess) is None
        assert await tickets[-1].redeem(ticket) is not None
