"""Several processes with Redis and Kafka: each event reaches all once, commands are done once."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import make_topics
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from adapters.system.data_folder import read_owner
from examples.send_command import send, signed_command
from tests.integration.bootstrap.many import Program, program, until
from tests.services.service import Service
from tests.torture.context import Context

pytestmark = pytest.mark.timeout(900)

READERS = 8
ORDER = {"symbol": "IBM", "side": "buy", "type": "market", "quantity": "10"}
SECRET = "a-secret-of-32-characters-or-more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The processes, what they share, their owner's token and a funded account."""

    program: Program
    redis: Service
    kafka: Service
    token: str
    tenant_id: str
    account_id: str

    def degraded(self) -> list[str] | None:
        """Return what is less than it should be, None while it is not ready."""
        reply = httpx.get(f"{self.program.url}/health/ready", trust_env=False)
        return list(reply.json()["degraded"]) if reply.status_code == 200 else None


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, own_redis: Service, own_kafka: Service
) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("shared") / "data"
    address = KafkaAddress(bootstrap=own_kafka.url)
    made = make_topics((COMMANDS, DEAD_LETTERS, REPLIES), address=address, partitions=4, replicas=1)
    asyncio.run(made)
    # A key names its tenant, which the first start founds.
    with _served(folder, "serve") as first:
        account_id = asyncio.run(_furnished(first))
    owner = read_owner(folder)
    assert owner is not None
    tenant_id = str(owner.tenant_id)
    key = {"id": "desk", "secret": SECRET, "tenant": tenant_id, "actor": "producer:desk"}
    with _served(
        folder,
        "serve",
        "--workers",
        "2",
        BALLAST_REDIS_URL=own_redis.url,
        BALLAST_KAFKA_BOOTSTRAP=own_kafka.url,
        BALLAST_COMMANDS_KEYS=json.dumps([key]),
        # How late messages are says how busy this machine is, and has tests of its own.
        BALLAST_MONITOR_LATENCY_MS_MAX="60000",
    ) as running:
        yield Shared(
            program=running,
            redis=own_redis,
            kafka=own_kafka,
            token=running.token(),
            tenant_id=tenant_id,
            account_id=account_id,
        )


@contextmanager
def _served(folder: Path, *arguments: str, **more: str) -> Iterator[Program]:
    with program(folder, *arguments, BALLAST_REPLAY_SECONDS_PER_DAY="0.5", **more) as running:
        until(
            lambda: running.process.poll() is not None or running.is_up(),
            within_s=120,
            told=running.tail,
        )
        yield running


async def _furnished(running: Program) -> str:
    async with Context(url=running.url, token=running.token()) as context:
        await context.drop_rules()
        return await context.open_account("shared")


@asynccontextmanager
async def _reading(shared: Shared) -> AsyncIterator[list[ClientConnection]]:
    """Let readers in by tickets; the kernel spreads them over the processes."""
    headers = {"Authorization": f"Bearer {shared.token}"}
    hello = {"op": "subscribe", "channel": "orders", "account_id": shared.account_id}
    place = shared.program.url.replace("http", "ws") + "/ws/v1"
    readers: list[ClientConnection] = []
    try:
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            for _ in range(READERS):
                issued = (await http.post(f"{shared.program.url}/api/v1/ws/ticket")).json()
                readers.append(await connect(f"{place}?ticket={issued['ticket']}"))
        for reader in readers:
            await reader.send(json.dumps(hello))
            async with asyncio.timeout(20):
                while json.loads(await reader.recv()).get("type") != "snapshot":
                    pass
        yield readers
    finally:
        await asyncio.gather(*(reader.close() for reader in readers))


async def _buy(shared: Shared) -> str:
    headers = {"Authorization": f"Bearer {shared.token}", "Idempotency-Key": uuid4().hex}
    body = {"account_id": shared.account_id, **ORDER}
    async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=100) as http:
        reply = await http.post(f"{shared.program.url}/api/v1/orders", json=body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def _told_once(readers: list[ClientConnection], order_id: str) -> None:
    for reader in readers:
        numbers: list[int] = []
        async with asyncio.timeout(30):
            while True:
                text = str(await reader.recv())
                frame: dict[str, Any] = json.loads(text)
                if frame.get("channel") == "orders" and "sequence" in frame:
                    numbers.append(frame["sequence"])
                if order_id in text and "filled" in text:
                    break
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_all_are_told_once_by_whichever_way(shared: Shared) -> None:
    def degraded() -> str:
        return str(shared.degraded())

    until(lambda: shared.degraded() == [], told=degraded)
    async with _reading(shared) as readers:
        await _told_once(readers, await _buy(shared))
        shared.redis.pause()
        try:
            await _told_once(readers, await _buy(shared))
            await asyncio.to_thread(until, lambda: "redis" in degraded(), told=degraded)
        finally:
            shared.redis.resume()
        await asyncio.to_thread(until, lambda: shared.degraded() == [], told=degraded)
        await _told_once(readers, await _buy(shared))


async def test_a_command_is_carried_out_and_told_to_all(shared: Shared) -> None:
    key, value = _command(shared)
    async with _reading(shared) as readers:
        reply = await send(bootstrap=shared.kafka.url, key=key, value=value, timeout_s=30)
        assert reply["answer"]["outcome"] == "done", reply
        await _told_once(readers, reply["answer"]["result"]["orders"][0]["id"])
    again = await send(bootstrap=shared.kafka.url, key=key, value=value, timeout_s=30)
    assert again["repeated"], again


def _command(shared: Shared) -> tuple[bytes, bytes]:
    return signed_command(
        type="order.submit",
        payload=ORDER,
        tenant=shared.tenant_id,
        account=shared.account_id,
        actor="producer:desk",
        key_id="desk",
        secret=SECRET,
    )


def test_the_consumer_of_commands_restarts_when_asked_to(shared: Shared) -> None:
    # A group is seen by what it committed: by a command that it carried out.
    key, value = _command(shared)
    asyncio.run(send(bootstrap=shared.kafka.url, key=key, value=value, timeout_s=30))
    headers = {"Authorization": f"Bearer {shared.token}"}
    with httpx.Client(base_url=shared.program.url, headers=headers, trust_env=False) as http:
        place = "/api/v1/streams/consumers"

        def asked() -> bool:
            # Each process sees by itself, within a look, that there is such a group.
            key = {"Idempotency-Key": uuid4().hex}
            return http.post(f"{place}/ballast.commands/restart", headers=key).status_code == 202

        def done() -> bool:
            groups = {one["group"]: one for one in http.get(place).json()["items"]}
            restart = groups["ballast.commands"]["restart"]
            return restart is not None and bool(restart["done_at"])

        until(asked, told=shared.program.tail)
        until(done, told=shared.program.tail)


def test_all_stop_in_time_when_told_to(shared: Shared) -> None:
    shared.program.send(signal.SIGTERM)
    assert shared.program.ended(within_s=25) == 0, shared.program.tail()
