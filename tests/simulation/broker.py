"""Speak to the simulated venue over a wire that fails (port Broker)."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.brokers.paper.faults import Faults, FaultSettings
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Refused,
    Report,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.time import Sleeper
from tests.simulation.venue import (
    DUPLICATE,
    CancelAllAsked,
    CancelAsked,
    FindAsked,
    OpenAsked,
    PositionsAsked,
    ReportsAsked,
    Submission,
    VenueRequest,
)
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.network import NoReply, Unreachable, Wire

_TIMEOUT_S = 1.0
_POLL_S = 3.0
# Finding a connection takes a moment, and now and then a new one has to be made.
_CONNECT_S = 0.002
_CONNECTS_ANEW = 0.25
_CONNECT_ANEW_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One order or change of terms that left a process for the venue."""

    life: Life
    account_id: str
    client_order_id: str
    terms: OrderTerms
    replaces: bool


class SimulatedBroker:
    """One process's connection to the venue."""

    def __init__(
        self,
        *,
        traits: BrokerTraits,
        wire: Wire[VenueRequest, Any],
        order_wire: Wire[VenueRequest, Any],
        life: Life,
        sleeper: Sleeper,
        source: random.Random,
        faults: Callable[[], FaultSettings],
        on_written: Callable[[Written], None],
    ) -> None:
        self._traits = traits
        self._wire = wire
        self._order_wire = order_wire
        self._life = life
        self._sleeper = sleeper
        self._source = source
        self._faults = faults
        self._on_written = on_written

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        return self._traits

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once."""
        asked = Submission(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
        )
        return await self._write(asked, written=written, leaving=leaving)

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms; the client order id stays."""
        asked = Submission(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
            replaces=True,
        )
        return await self._write(asked, written=written, leaving=leaving)

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel."""
        asked = CancelAsked(account_id=account_id, client_order_id=client_order_id)
        answer: Acknowledged | Refused = await self._ask(asked)
        return answer

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts."""
        asked = CancelAllAsked(account_ids=tuple(account_ids), symbol=symbol)
        answer: Acknowledged | Refused = await self._ask(asked)
        return answer

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, None if not visible."""
        asked = FindAsked(account_id=account_id, client_order_id=client_order_id)
        answer: VenueOrder | None = await self._ask(asked)
        return answer

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        answer: Sequence[VenueOrder] = await self._ask(OpenAsked(account_id=account_id))
        return answer

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        answer: Sequence[VenuePosition] = await self._ask(PositionsAsked(account_id=account_id))
        return answer

    async def reports(self, *, after: int) -> AsyncIterator[Report]:
        """Yield reports with a sequence above `after`, then new ones as they come."""
        while True:
            asked = ReportsAsked(after=after, wait_s=_POLL_S)
            page: list[Report] = await self._ask(asked, timeout_s=_POLL_S + _TIMEOUT_S)
            told = Faults(settings=self._faults(), roll=self._source.random).scrambled(page)
            for report in told:
                yield report
            # Only now: a page may be out of order, but it is whole.
            after = max((report.sequence for report in page), default=after)

    async def _write(
        self, asked: Submission, *, written: Callable[[], None], leaving: Callable[[], None]
    ) -> Acknowledged | Refused:
        # A crash or a kill may come before the write.
        anew = self._source.random() < _CONNECTS_ANEW
        longest_s = _CONNECT_ANEW_S if anew else _CONNECT_S
        await self._sleeper.sleep(longest_s * self._source.random())
        leaving()

        def left() -> None:
            self._on_written(
                Written(
                    life=self._life,
                    account_id=asked.account_id,
                    client_order_id=asked.client_order_id,
                    terms=asked.terms,
                    replaces=asked.replaces,
                )
            )
            written()

        answer: Acknowledged | Refused = await self._ask(asked, left=left, wire=self._order_wire)
        if isinstance(answer, Refused) and answer.reason.startswith(DUPLICATE):
            # The wire doubled the request: the answer to the first one was lost.
            raise BrokerUnsure(answer.reason)
        return answer

    async def _ask(
        self,
        asked: VenueRequest,
        *,
        timeout_s: float = _TIMEOUT_S,
        left: Callable[[], None] | None = None,
        wire: Wire[VenueRequest, Any] | None = None,
    ) -> Any:
        try:
            return await (wire or self._wire).request(asked, timeout_s=timeout_s, left=left)
        except NoReply as problem:
            raise BrokerUnsure(str(problem)) from problem
        except Unreachable as problem:
            raise BrokerUnavailable(str(problem)) from problem
