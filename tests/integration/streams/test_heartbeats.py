"""Agents are heard, missed and paused through a real Kafka."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.heartbeat_wire import HeartbeatMessage, signed_bytes
from adapters.kafka.heartbeats import HeartbeatContext, KafkaHeartbeats
from adapters.kafka.sink import KafkaMessageSink
from adapters.memory.leases import SoleLease
from adapters.security.command_keys import read_command_keys
from adapters.system.ids import UuidV7Ids
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from application.agents.desire import StateRequest
from application.agents.list_agents import agent_named
from bootstrap.areas import agents as agent_area
from bootstrap.container import compose
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_memory
from bootstrap.system import System
from domain.agents.agent import AgentState
from tests.memory import database_of
from tests.services.service import Service
from tests.waiting import eventually, until_true

SECRET = "s" * 32
TIMEOUT_S = 120.0


@dataclass(slots=True)
class Rig:
    """A server that hears, and agents that speak."""

    tenant_id: UUID
    storage: Storage
    parts: agent_area.AgentParts
    listener: KafkaHeartbeats
    context: HeartbeatContext
    producer: Any
    replies: Any
    topic: str
    sequence: int = 0
    speaking: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    async def beat(self, agent_id: str, *, state: str = "running", secret: str = SECRET) -> None:
        """Send one heartbeat."""
        self.sequence += 1
        said = {
            "agent_id": agent_id,
            "tenant": str(self.tenant_id),
            "kind": "strategy",
            "at": datetime.now(UTC).isoformat(),
            "sequence": self.sequence,
            "state": state,
            "version": "1.0",
            "signature": {"key_id": "k", "mac": "0" * 64},
        }
        message = msgspec.convert(said, HeartbeatMessage)
        content = signed_bytes(message, key_id="k")
        said["signature"] = {
            "key_id": "k",
            "mac": hmac.digest(secret.encode(), content, hashlib.sha256).hex(),
        }
        await self.producer.send_and_wait(
            self.topic, json.dumps(said).encode(), key=agent_id.encode()
        )

    def speak(self, agent_id: str, *, state: str = "running") -> None:
        """Let an agent send a heartbeat twice a second."""

        async def speaking() -> None:
            while True:
                await self.beat(agent_id, state=state)
                await asyncio.sleep(0.5)

        self.hush(agent_id)
        self.speaking[agent_id] = asyncio.create_task(speaking())

    def hush(self, agent_id: str) -> None:
        """Let an agent fall silent."""
        task = self.speaking.pop(agent_id, None)
        if task is not None:
            task.cancel()

    async def state(self, agent_id: str) -> AgentState | None:
        """Return how an agent is, as anyone may read it."""
        async with self.storage.works.look(self.tenant_id) as look:
            found = await agent_named(look, agent_id)
        return None if found is None else found.state

    async def until(self, agent_id: str, state: AgentState) -> None:
        """Wait until an agent is so."""

        async def is_so() -> bool:
            return await self.state(agent_id) is state

        await until_true(is_so, within_s=TIMEOUT_S)


@pytest_asyncio.fixture
async def rig(own_kafka: Service) -> AsyncIterator[Rig]:
    mark = uuid4().hex[:8]
    address = KafkaAddress(bootstrap=own_kafka.url)
    system = System(
        clock=SystemClock(),
        sleeper=SystemSleeper(),
        ids=UuidV7Ids(),
        randomness=SystemRandomness(),
    )
    storage = build_memory(system)
    parts = compose(Settings(), system=system, bare_storage=storage).of(agent_area.build)
    tenant_id = uuid4()
    keys = [{"id": "k", "secret": SECRET, "tenant": str(tenant_id), "actor": "producer:test"}]
    context = HeartbeatContext(
        agents=parts.facade, keys=read_command_keys(json.dumps(keys)), lease=SoleLease()
    )
    topic, replies = f"beats-{mark}", f"replies-{mark}"
    listener = KafkaHeartbeats(
        address=address,
        context=context,
        sink=KafkaMessageSink(address=address),
        clock=system.clock,
        sleeper=system.sleeper,
        topic=topic,
        replies=replies,
    )
    tasks = [asyncio.create_task(listener.run()), asyncio.create_task(parts.watch.run())]
    await eventually(lambda: parts.facade.hearing, within_s=TIMEOUT_S)
    producer = AIOKafkaProducer(bootstrap_servers=own_kafka.url)
    answers = AIOKafkaConsumer(
        replies, bootstrap_servers=own_kafka.url, auto_offset_reset="earliest"
    )
    await producer.start()
    await answers.start()
    rig = Rig(tenant_id, storage, parts, listener, context, producer, answers, topic)
    try:
        yield rig
    finally:
        tasks += rig.speaking.values()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await producer.stop()
        await answers.stop()


async def test_an_agent_that_falls_silent_is_found_dead_and_comes_back(
    rig: Rig,
) -> None:
    rig.speak("momentum")
    rig.speak("other")
    await rig.until("momentum", AgentState.ALIVE)
    await asyncio.sleep(1.0)
    rig.hush("momentum")
    await rig.until("momentum", AgentState.DEAD)
    assert await rig.state("other") is AgentState.ALIVE
    await rig.beat("momentum")
    await rig.until("momentum", AgentState.ALIVE)
    database = database_of(rig.storage.journal)
    told = [one.type for one in database.notices if one.subject == "momentum"]
    assert told == [
        "agent.appeared",
        "agent.became_late",
        "agent.became_dead",
        "agent.became_alive",
    ]


async def test_an_agent_reads_from_its_reply_that_it_is_to_pause(rig: Rig) -> None:
    # A listener that is slow to be answered begins anew at the end: one beat may be missed.
    rig.speak("momentum")
    await rig.until("momentum", AgentState.ALIVE)
    wish = StateRequest(tenant_id=rig.tenant_id, agent_id="momentum", actor="user:1", trace_id="t")
    await rig.parts.facade.pause(wish)
    said: list[dict[str, Any]] = []
    while not said or said[-1]["desired"] != "paused":
        said.append(json.loads((await asyncio.wait_for(rig.replies.getone(), TIMEOUT_S)).value))
    assert {one["desired"] for one in said[:-1]} == {"running"}
    sequences = [one["sequence"] for one in said]
    assert sequences == sorted(set(sequences))
    assert {one["agent_id"] for one in said} == {"momentum"}
    rig.speak("momentum", state="paused")
    await rig.until("momentum", AgentState.PAUSED)


async def test_a_heartbeat_that_nobody_we_know_signed_shows_nothing(rig: Rig) -> None:
    unheard = rig.context.unheard
    rig.speak("momentum")
    async with asyncio.timeout(TIMEOUT_S):
        while unheard["unsigned"] < 1 or unheard["malformed"] < 2:
            await rig.beat("forged", secret="x" * 32)
            await rig.producer.send_and_wait(rig.topic, b"{")
            await rig.producer.send_and_wait(rig.topic, None, key=b"k")
            await asyncio.sleep(0.2)
    await rig.until("momentum", AgentState.ALIVE)
    assert set(unheard) == {"unsigned", "malformed"}
    assert await rig.state("forged") is None


async def test_a_killed_broker_makes_no_agent_dead(rig: Rig, own_kafka: Service) -> None:
    rig.speak("momentum")
    await rig.until("momentum", AgentState.ALIVE)
    await asyncio.to_thread(own_kafka.kill)
    try:
        await eventually(lambda: not rig.parts.facade.hearing, within_s=TIMEOUT_S)
        # On a busy machine it may itself have been late before: who is deaf judges nobody.
        before = await rig.state("momentum")
        assert before in (AgentState.ALIVE, AgentState.LATE)
        # Longer than an agent that we could hear may be silent.
        for _ in range(14):
            await asyncio.sleep(0.5)
            assert await rig.state("momentum") is before
        assert rig.listener.problem
        rig.hush("momentum")
    finally:
        await asyncio.to_thread(own_kafka.restart)
    await eventually(
        lambda: rig.parts.facade.hearing and not rig.listener.problem, within_s=TIMEOUT_S
    )
    rig.speak("momentum")
    await rig.until("momentum", AgentState.ALIVE)
