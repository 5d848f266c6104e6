"""The whole application on memory adapters, with a log of commands before it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from adapters.kafka.consumer import ConsumerLimits
from adapters.kafka.facades import CommandFacades
from adapters.kafka.process import Retries
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from adapters.memory.commands import MemoryCommandSource, MemoryMessageSink, MemoryTopics
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.time import ManualClock
from adapters.system.time import SystemSleeper
from application.identity.producers import Producers
from bootstrap.areas import signals
from bootstrap.areas.commands import CommandParts, build_over
from bootstrap.settings.sections import CommandSettings
from bootstrap.system import System
from domain.orders.order import Order
from examples.send_command import signed_command
from ports.commands import Outgoing, ReceivedMessage
from ports.inbox import Inbox
from ports.orders import OrderFilter
from tests.unit.adapters.http.context import Context, open_context

SECRET = "a-secret-of-the-tests-that-is-long-enough"
KEY_ID = "tests-1"
ACTOR = "producer:tests"
_NAMES = UUID("01900000-0000-7000-8000-0000000000aa")
ORDER = {
    "symbol": "AAPL",
    "side": "buy",
    "type": "limit",
    "quantity": "10",
    "limit_price": "99.5",
}


def command_id(name: str) -> str:
    """Return an id that is always the same for a name."""
    return str(uuid5(_NAMES, name))


@dataclass(slots=True, kw_only=True)
class Counter:
    """Where commands are handed in, and what came of them."""

    context: Context
    topics: MemoryTopics
    keys: list[dict[str, Any]]
    inbox: Inbox
    # What commands are called that are not given a name; else they are called by their type.
    naming: str = ""
    changed_facades: Callable[[CommandFacades], CommandFacades] = lambda one: one
    _running: list[tuple[CommandParts, "asyncio.Task[None]"]] = field(default_factory=list)

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return str(self.context.founded.tenant.id)

    @property
    def account(self) -> str:
        """The account's id."""
        return str(self.context.account_id)

    @property
    def now(self) -> datetime:
        """The time."""
        return self.context.clock.now()

    def signed(
        self, type: str = "order.submit", payload: dict[str, Any] | None = None, **given: Any
    ) -> tuple[bytes, bytes]:
        """Return the key and value of a command that passes every check, with changes."""
        name = given.pop("name", self.naming or type)
        fields: dict[str, Any] = {
            "type": type,
            "payload": ORDER if payload is None else payload,
            "tenant": self.tenant,
            "account": self.account,
            "actor": ACTOR,
            "key_id": KEY_ID,
            "secret": SECRET,
            "id": command_id(name),
            "issued_at": self.now,
            "lives_for": timedelta(seconds=30),
        }
        return signed_command(**(fields | given))

    def put(self, message: tuple[bytes | None, bytes | None]) -> ReceivedMessage:
        """Put a message into the log."""
        key, value = message
        return self.topics.put(
            Outgoing(topic=COMMANDS, key=key, value=value, headers=(("trace", b"t-1"),))
        )

    def send(self, *arguments: Any, **given: Any) -> ReceivedMessage:
        """Sign a command and put it into the log."""
        return self.put(self.signed(*arguments, **given))

    def facades(self) -> CommandFacades:
        """Return the use cases."""
        facades = self.context.facades
        return self.changed_facades(
            CommandFacades(
                orders=facades.orders,
                accounts=facades.accounts,
                risk=facades.risk,
                kill_switch=facades.kill_switch,
                agents=facades.agents,
                signals=self.context.parts.of(signals.build).publish,
                rights=facades.identity.rights,
                refusing=facades.access.refusing,
                producers=Producers(credential_status=self.context.storage.credential_status),
                clock=self.context.clock,
            )
        )

    def parts(self, *, limits: ConsumerLimits | None = None) -> CommandParts:
        """Return a consumer of the log; each is a process of its own to the group."""
        clock = self.context.clock
        system = System(
            clock=clock,
            sleeper=SystemSleeper(),
            ids=SeededIds(clock=clock, seed=7),
            randomness=SeededRandomness(7),
        )
        return build_over(
            source=MemoryCommandSource(self.topics, topic=COMMANDS),
            sink=MemoryMessageSink(self.topics),
            facades=self.facades(),
            inbox=self.inbox,
            system=system,
            settings=CommandSettings(keys=json.dumps(self.keys)),
            retries=Retries(first_wait_s=0.001, longest_wait_s=0.002),
            limits=limits or ConsumerLimits(in_flight_max=16, poll_s=0.002, drain_s=0.2),
        )

    def start(self, *, limits: ConsumerLimits | None = None) -> CommandParts:
        """Start a consumer that runs until `stop`."""
        parts = self.parts(limits=limits)
        self._running.append((parts, asyncio.create_task(parts.run())))
        return parts

    async def stop(self) -> None:
        """Stop every consumer in order; raises what one of them failed with."""
        running, self._running = self._running, []
        for parts, _ in running:
            parts.finish()
        for _, task in running:
            await task

    async def kill(self) -> None:
        """End every consumer where it stands: nothing is committed, nothing is finished."""
        running, self._running = self._running, []
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)

    async def work(self, *, timeout_s: float = 10.0) -> None:
        """Run a consumer until all that was put is done and committed."""
        self.start()
        try:
            await self.until(lambda: self.topics.lag(COMMANDS) == 0, timeout_s=timeout_s)
        finally:
            await self.stop()

    async def until(self, holds: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
        """Wait until something holds, or a consumer fails."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                for _, task in self._running:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.001)

    def replies(self) -> list[dict[str, Any]]:
        """Return the replies, in the order of their partitions."""
        return [json.loads(one.value or b"") for one in self.topics.all(REPLIES)]

    def reply(self) -> dict[str, Any]:
        """Return the one reply there is."""
        (only,) = self.replies()
        return only

    def letters(self) -> list[ReceivedMessage]:
        """Return the dead letters."""
        return self.topics.all(DEAD_LETTERS)

    def reasons(self) -> list[str]:
        """Return why each dead letter is one."""
        return [dict(one.headers)["ballast-dlq-reason"].decode() for one in self.letters()]

    async def orders(self) -> list[Order]:
        """Return the tenant's orders, oldest first."""
        found = await self.context.facades.orders.list(
            tenant_id=self.context.founded.tenant.id, filter=OrderFilter(limit=500)
        )
        return list(reversed(found))

    async def cash(self) -> Decimal:
        """Return the account's cash."""
        summary = await self.context.facades.accounts.summary(
            tenant_id=self.context.founded.tenant.id, account_id=self.context.account_id
        )
        return summary.cash


@asynccontextmanager
async def open_counter() -> AsyncIterator[Counter]:
    """Open a context with a log before it."""
    async with open_context() as context:
        assert isinstance(context.clock, ManualClock)
        tenant = str(context.founded.tenant.id)
        counter = Counter(
            context=context,
            topics=MemoryTopics(),
            keys=[{"id": KEY_ID, "secret": SECRET, "tenant": tenant, "actor": ACTOR}],
            inbox=context.storage.inbox,
        )
        try:
            yield counter
        finally:
            await counter.kill()
