"""Ask the broker what it holds under the ids of orders, one answer an order."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.orders.deps import OrderContext
from application.orders.remote_checks import LOOK_EVERY_S, TIMEOUT_S
from application.orders.timeouts import in_time
from domain.orders.order import Order
from domain.shared.values import ZERO, InvalidValue, plain
from ports.book_checks import AskedCheck, BookChecks
from ports.broker import BrokerUnavailable, BrokerUnsure, VenueState
from ports.ids import Ids
from ports.orders import OrderArchive
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

AT_ONCE = 8
_SEPARATORS = (",", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAnswer:
    """What the broker says of one order now.

    problem says why it could not be asked. state is None where it has no such order;
    as_before tells whether it holds the order with the very terms that we have.
    """

    problem: str | None = None
    state: VenueState | None = None
    filled: Decimal = ZERO
    as_before: bool = False

    def written(self) -> str:
        """Write it down for another process."""
        said = {
            "problem": self.problem,
            "state": self.state,
            "filled": plain(self.filled),
            "as_before": self.as_before,
        }
        return json.dumps(said, separators=_SEPARATORS)

    @staticmethod
    def read(written: str) -> "VenueAnswer":
        """Read what `written` wrote."""
        said = json.loads(written)
        state = said["state"]
        return VenueAnswer(
            problem=said["problem"],
            state=None if state is None else VenueState(state),
            filled=Decimal(said["filled"]),
            as_before=said["as_before"],
        )


Look = Callable[[Sequence[Order]], Awaitable[Mapping[UUID, VenueAnswer]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtVenue:
    """Ask where the broker is spoken to; a call that fails is an answer too."""

    context: OrderContext

    async def __call__(self, orders: Sequence[Order]) -> Mapping[UUID, VenueAnswer]:
        """Return the broker's answers by order."""
        reading = asyncio.Semaphore(AT_ONCE)
        # Of each broker its own: one that does not answer holds up no other's.
        rooms: dict[str, asyncio.Semaphore] = {}

        async def one(order: Order) -> VenueAnswer:
            async with reading:
                book = await self.context.book_store.read(
                    tenant_id=order.tenant_id, account_id=order.account_id
                )
            of = book.account.broker
            async with rooms.setdefault(of, asyncio.Semaphore(AT_ONCE)):
                return await self._ask(order, broker=of)

        answers = await asyncio.gather(*(one(order) for order in orders))
        return {order.id: answer for order, answer in zip(orders, answers, strict=True)}

    async def _ask(self, order: Order, *, broker: str) -> VenueAnswer:
        try:
            held = await in_time(
                self.context.broker(broker).find(
                    account_id=str(order.account_id), client_order_id=order.client_order_id
                )
            )
        except (BrokerUnsure, BrokerUnavailable, InvalidValue) as problem:
            return VenueAnswer(problem=str(problem))
        if held is None:
            return VenueAnswer()
        return VenueAnswer(
            state=held.state,
            filled=sum((fill.quantity for fill in held.fills), ZERO),
            as_before=held.terms == order.terms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtOrder:
    """Write down what the broker says of one order, for the process that asked."""

    archive: OrderArchive
    look: Look

    async def __call__(self, tenant_id: UUID, order_id: UUID) -> str:
        """Return the answer; an order that is not there has none."""
        order = await self.archive.find(tenant_id=tenant_id, order_id=order_id)
        if order is None:
            return VenueAnswer(problem="there is no such order").written()
        try:
            return (await self.look([order]))[order.id].written()
        except StorageUnavailable:
            raise
        # Whatever it was: who asked must not wait for it in vain.
        except Exception as problem:  # noqa: BLE001
            return VenueAnswer(problem=str(problem)).written()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToLook:
    """Have the process that speaks to the broker ask it; no answer in time is a problem."""

    checks: BookChecks
    ids: Ids
    clock: Clock
    sleeper: Sleeper
    # Hints to whoever answers that something was asked.
    wake: Callable[[], None]

    async def __call__(self, orders: Sequence[Order]) -> Mapping[UUID, VenueAnswer]:
        """Return the broker's answers by order."""
        asked = {
            order.id: AskedCheck(self.ids.new(), order.tenant_id, order.account_id, order.id)
            for order in orders
        }
        for check in asked.values():
            await self.checks.ask(check)
        self.wake()
        give_up_at = self.clock.monotonic() + TIMEOUT_S
        answers: dict[UUID, VenueAnswer] = {}
        while True:
            for order_id, check in asked.items():
                answer = None
                if order_id not in answers:
                    answer = await self.checks.answered(id=check.id)
                if answer is not None:
                    answers[order_id] = VenueAnswer.read(answer.problem or "")
            if len(answers) == len(asked):
                return answers
            if self.clock.monotonic() >= give_up_at:
                late = VenueAnswer(problem="nobody asked the broker in time")
                return {order_id: answers.get(order_id, late) for order_id in asked}
            await self.sleeper.sleep(LOOK_EVERY_S)
