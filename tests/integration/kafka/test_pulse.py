"""Whether Kafka answers is known within seconds, and said once, each minute and at the end."""

import logging
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.pulse import ANSWER_S, EVERY_S, KEPT_S, TOLD_EVERY_S, KafkaPulse
from adapters.memory.time import ManualClock, ManualSleeper
from tests.builders import AT
from tests.services.ports import free_ports
from tests.services.proxy import FaultProxy


@pytest.fixture
async def proxy(kafka_bootstrap: str) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(upstream_port=int(kafka_bootstrap.rpartition(":")[2])) as made:
        yield made


class _Report:
    """A pulse through a proxy, and what it told."""

    def __init__(self, *ports: int) -> None:
        self.clock = ManualClock(AT)
        self.said: list[str | None] = []
        self.pulse = KafkaPulse(
            address=KafkaAddress(bootstrap=",".join(f"127.0.0.1:{port}" for port in ports)),
            told=self.said.append,
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
        )

    async def look(self) -> str | None:
        await self.pulse.look()
        return self.said[-1]


def test_an_outage_is_shown_within_five_seconds_wherever_it_is_noticed() -> None:
    # A look in vain, a word to the other processes, and theirs to the board.
    assert EVERY_S + KEPT_S + ANSWER_S + 2 * 1.0 < 5


@pytest.mark.parametrize("fault", ["refused", "silent"])
async def test_an_outage_is_told_once_each_minute_and_at_its_end(
    proxy: FaultProxy, fault: str
) -> None:
    told = _Report(proxy.port)
    library = logging.getLogger("aiokafka")
    level = library.level
    with capture_logs() as logs:
        assert await told.look() is None
        assert await told.look() is None
        assert proxy.connections == 1
        if fault == "refused":
            await proxy.refuse()
            proxy.cut()
        else:
            proxy.blackhole()
        problem = await told.look()
        assert problem is not None
        assert problem.startswith("Kafka: ")
        # What each of the library's clients says ten times a second.
        assert not library.isEnabledFor(logging.ERROR)
        for _ in range(3):
            await told.look()
        told.clock.advance(TOLD_EVERY_S)
        await told.look()
        await told.look()
        await proxy.heal()
        assert await told.look() is None
        assert await told.look() is None
    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("kafka.away", "warning"),
        ("kafka.still_away", "warning"),
        ("kafka.back", "info"),
    ]
    assert [one.get("for_s", one.get("after_s")) for one in logs] == [None, 60, 60]
    assert library.level == level
    told.pulse.stop()


async def test_one_broker_that_answers_is_enough(proxy: FaultProxy) -> None:
    (nobody,) = free_ports(1)
    async with FaultProxy(upstream_port=proxy.upstream_port) as silent:
        silent.blackhole()
        told = _Report(nobody, silent.port, proxy.port)
        assert await told.look() is None
        # The one that it kept goes, another comes: no outage.
        await silent.heal()
        await proxy.refuse()
        proxy.cut()
        assert await told.look() is None
        assert told.said == [None, None]
        told.pulse.stop()


async def test_the_library_speaks_again_after_a_pulse_that_ended_in_an_outage() -> None:
    (nobody,) = free_ports(1)
    told = _Report(nobody)
    library = logging.getLogger("aiokafka")
    level = library.level
    assert await told.look() is not None
    assert library.level == logging.CRITICAL
    told.pulse.stop()
    assert library.level == level
