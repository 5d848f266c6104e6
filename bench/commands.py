"""Send signed commands over Kafka, hear the replies, and run the workers between the two."""

import asyncio
import base64
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from time import monotonic_ns
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events import PRODUCING
from adapters.kafka.wire import COMMANDS, REPLIES
from bench.context import Context
from bench.serving import free_port, serving
from bench.stats import Latency, latency
from examples.send_command import signed_command

ANSWERED_S_MAX = 120.0
_START_S = 60.0
_GATHERED_BYTES = 65_536
_GATHERED_MS = 50
_KEY_ID = "bench"
_ACTOR = "producer:bench"
_SECRET = secrets.token_hex(32)
_LIVES_FOR = timedelta(minutes=30)

Message = tuple[bytes, bytes]


class CommandsLost(Exception):
    """Not every command was answered as it should be; no figure of the run means anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a run took, from the first message's sending to the last one's end."""

    messages_per_s: float
    latency_ms: Latency


class _Answer(msgspec.Struct):
    outcome: str
    detail: str


class _Reply(msgspec.Struct):
    command_id: UUID | None
    answer: _Answer


class _Command(msgspec.Struct):
    id: UUID


_decode = msgspec.json.Decoder(_Reply).decode
_decode_id = msgspec.json.Decoder(_Command).decode


def made_orders(context: Context, *, count: int, accounts: Sequence[str]) -> list[Message]:
    """Sign so many orders, for the accounts in turn; each is its own command."""
    tenant = _tenant(context.token)
    return [
        signed_command(
            type="order.submit",
            payload={
                "symbol": "IBM",
                "side": "buy",
                "type": "limit",
                "quantity": str(1 + number % 50),
                "limit_price": str(context.price + Decimal(number % 100) / 100),
                "time_in_force": "gtc",
            },
            tenant=tenant,
            account=accounts[number % len(accounts)],
            actor=_ACTOR,
            key_id=_KEY_ID,
            secret=_SECRET,
            lives_for=_LIVES_FOR,
        )
        for number in range(count)
    ]


@contextmanager
def command_workers(context: Context, *, address: KafkaAddress, count: int = 1) -> Iterator[None]:
    """Run so many `ballast worker commands` on the context's database while the block runs.

    The context's own server has ended: `ballast worker market` gives the prices, and nobody sends
    or publishes what is taken in.
    """
    key = {"id": _KEY_ID, "secret": _SECRET, "tenant": _tenant(context.token), "actor": _ACTOR}
    environment: Mapping[str, str] = {
        **context.environment,
        "BALLAST_KAFKA_BOOTSTRAP": address.bootstrap,
        "BALLAST_COMMANDS_KEYS": json.dumps([key]),
    }
    with ExitStack() as stack:
        for part in ("market", *("commands" for _ in range(count))):
            port = free_port()
            arguments = ("-m", "bootstrap.cli", "worker", part, f"--health-port={port}")
            stack.enter_context(
                serving(arguments=arguments, port=port, environment=environment, start_s=_START_S)
            )
        yield


@dataclass(slots=True, kw_only=True)
class Counter:
    """Hands commands in, as fast as Kafka takes them or at a pace, and waits for the replies.

    gathers: replies are read some at a time, up to 50 ms late, so that reading them takes
    little from what is measured; not for latencies.
    """

    address: KafkaAddress
    gathers: bool = False
    _producer: Any = field(init=False)
    _consumer: Any = field(init=False)

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(**self.address.options(), **PRODUCING)
        self._consumer = AIOKafkaConsumer(
            REPLIES,
            **self.address.options(),
            enable_auto_commit=False,
            fetch_min_bytes=_GATHERED_BYTES if self.gathers else 1,
            fetch_max_wait_ms=_GATHERED_MS if self.gathers else 500,
        )
        await self._producer.start()
        await self._consumer.start()
        await self._consumer.seek_to_end()
        for place in self._consumer.assignment():
            await self._consumer.position(place)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._consumer.stop()
        await self._producer.stop()

    async def carry(self, messages: Sequence[Message], *, per_s: float | None = None) -> Taken:
        """Send all and wait until each is answered as done; raises CommandsLost."""
        ids = [_decode_id(value).id for _, value in messages]
        ended: dict[UUID, int] = {}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(ended, wanted=frozenset(ids)))
            sent = await send_all(self._producer, topic=COMMANDS, messages=messages, per_s=per_s)
        return taken(sent=[one.at_ns for one in sent], ended=[ended[one] for one in ids])

    async def _hear(self, ended: dict[UUID, int], *, wanted: frozenset[UUID]) -> None:
        try:
            async with asyncio.timeout(ANSWERED_S_MAX):
                while len(ended) < len(wanted):
                    found = await self._consumer.getmany(timeout_ms=100)
                    now = monotonic_ns()
                    for record in (one for records in found.values() for one in records):
                        reply = _decode(record.value)
                        if reply.command_id not in wanted:
                            continue
                        if reply.answer.outcome != "done":
                            said = reply.answer
                            raise CommandsLost(f"a command was {said.outcome}: {said.detail}")
                        ended.setdefault(reply.command_id, now)
        except TimeoutError as late:
            raise CommandsLost(f"{len(ended)} of {len(wanted)} commands were answered") from late


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """When a message was handed to the producer, and where it lies."""

    at_ns: int
    place: tuple[int, int]


async def send_all(
    producer: Any, *, topic: str, messages: Sequence[Message], per_s: float | None
) -> list[Sent]:
    """Send messages at a pace, or all at once; return when Kafka has all."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    at_ns: list[int] = []
    waiting = []
    for number, (key, value) in enumerate(messages):
        if per_s is not None:
            await asyncio.sleep(max(0.0, began + number / per_s - loop.time()))
        at_ns.append(monotonic_ns())
        waiting.append(await producer.send(topic, key=key, value=value))
    kept = await asyncio.gather(*waiting)
    return [
        Sent(at_ns=at, place=(one.partition, one.offset))
        for at, one in zip(at_ns, kept, strict=True)
    ]


def taken(*, sent: Sequence[int], ended: Sequence[int]) -> Taken:
    """Reduce moments in nanoseconds; equal indices are the same message."""
    seconds = (max(ended) - min(sent)) / 1e9
    return Taken(
        messages_per_s=len(sent) / seconds,
        latency_ms=latency([(end - begin) / 1e6 for begin, end in zip(sent, ended, strict=True)]),
    )


def _tenant(token: str) -> str:
    """Read the tenant from a token that we were just given."""
    claims = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return str(told["tenant"])
