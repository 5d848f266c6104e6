"""Write messages, those of many callers together, and return when Kafka keeps them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from adapters.kafka.closing import close_producer
from adapters.kafka.connection import KafkaAddress, port_errors
from adapters.kafka.partitioning import partition_for
from ports.commands import Outgoing, TransportUnavailable

_MESSAGE_BYTES_MAX = 1_048_576
# How long those behind wait at most for the ones before them to be kept: meanwhile they
# gather, and no partition that is slow holds up the others for longer.
_TOGETHER_S = 0.05

_Waiters = list["asyncio.Future[Any]"]


class KafkaMessageSink:
    """Writes messages, each kept by every replica in sync (port MessageSink).

    What is handed over while other messages are on their way goes in one request.
    """

    def __init__(self, *, address: KafkaAddress) -> None:
        self._address = address
        self._producer: Any = None
        self._waiting: list[tuple[Sequence[Outgoing], asyncio.Future[_Waiters]]] = []
        self._handing_over: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect."""
        producer = AIOKafkaProducer(
            **self._address.options(),
            acks="all",
            enable_idempotence=True,
            max_request_size=_MESSAGE_BYTES_MAX,
            partitioner=partition_for,
        )
        with port_errors():
            try:
                await producer.start()
            except BaseException:
                await close_producer(producer)
                raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what waits and close."""
        producer, self._producer = self._producer, None
        task, self._handing_over = self._handing_over, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        waiting, self._waiting = self._waiting, []
        for _, told in waiting:
            if not told.done():
                told.set_exception(TransportUnavailable("the producer is stopped"))
        if producer is not None:
            await close_producer(producer)

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Return once all are kept."""
        if self._producer is None:
            raise TransportUnavailable("the producer is not started")
        loop = asyncio.get_running_loop()
        told: asyncio.Future[_Waiters] = loop.create_future()
        self._waiting.append((messages, told))
        if self._handing_over is None or self._handing_over.done():
            self._handing_over = loop.create_task(self._hand_over(self._producer))
        with port_errors():
            await asyncio.gather(*await told)

    async def _hand_over(self, producer: Any) -> None:
        """Give what waits to the library, in the order that it came, until nothing does."""
        while self._waiting:
            turn, self._waiting = self._waiting, []
            on_their_way: _Waiters = []
            try:
                for messages, told in turn:
                    on_their_way += await _handed_over(messages, producer=producer, told=told)
            finally:
                for _, told in turn:
                    if not told.done():
                        told.set_exception(TransportUnavailable("the producer is stopped"))
            if on_their_way:
                await asyncio.wait(on_their_way, timeout=_TOGETHER_S)


async def _handed_over(
    messages: Sequence[Outgoing], *, producer: Any, told: "asyncio.Future[_Waiters]"
) -> _Waiters:
    try:
        kept: _Waiters = [
            await producer.send(one.topic, value=one.value, key=one.key, headers=list(one.headers))
            for one in messages
        ]
    except Exception as problem:  # noqa: BLE001 - it is the affair of whoever sends
        if not told.done():
            told.set_exception(problem)
        return []
    if not told.done():
        told.set_result(kept)
    return kept
