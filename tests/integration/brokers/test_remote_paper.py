"""The paper venue in its own process keeps the promises of the broker port."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.brokers.paper.client import RemotePaperBroker
from adapters.system.time import SystemClock
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Dedup,
    Report,
    VenueState,
)
from tests.contracts.broker.contract import ASK, BID, BrokerContract, Stage, order, resting
from tests.integration.brokers.venue_process import ROOT, VenueProcess, venue_process

TRAITS = BrokerTraits(name="paper", dedup=Dedup.NONE, settle_horizon_s=5.0, native_reduce_only=True)


@pytest.fixture(scope="module", params=[mode.value for mode in Dedup])
def venue(request: pytest.FixtureRequest) -> Iterator[VenueProcess]:
    with venue_process("--dedup", request.param) as venue:
        yield venue


class TestRemotePaperBroker(BrokerContract):
    @pytest.fixture
    async def stage(self, venue: VenueProcess) -> AsyncIterator[Stage]:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
        await broker.start()

        async def quote(bid: Decimal, ask: Decimal) -> None:
            await asyncio.to_thread(venue.quote, bid, ask)

        await quote(BID, ASK)
        yield Stage(broker=broker, quote=quote)
        await broker.stop()


async def _send(broker: RemotePaperBroker, name: str) -> object:
    return await broker.submit(
        account_id="a", client_order_id=name, terms=resting(), written=lambda: None
    )


async def _hear(broker: RemotePaperBroker, count: int) -> list[Report]:
    heard: list[Report] = []
    async with asyncio.timeout(60):
        async for report in broker.reports(after=0):
            assert isinstance(report, Report)
            heard.append(report)
            if len(heard) == count:
                break
    return heard


async def test_any_answer_tells_that_the_link_stands_and_none_that_it_does_not() -> None:
    with venue_process() as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock(), traits=TRAITS)
        await broker.start()
        assert broker.answered_s() is None
        await broker.open_orders(account_id="a")
        first = broker.answered_s()
        assert first is not None
        await broker.positions(account_id="a")
        last = broker.answered_s()
        assert last is not None
        assert last > first
        venue.kill()
        with pytest.raises((BrokerUnavailable, BrokerUnsure)):
            await broker.open_orders(account_id="a")
        assert broker.answered_s() == last
        await broker.stop()


async def test_a_killed_venue_comes_back_with_everything_it_told(tmp_path: Path) -> None:
    with venue_process("--journal", str(tmp_path)) as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
        await broker.start()
        for number in range(20):
            assert isinstance(await _send(broker, f"n{number}"), Acknowledged)
        await broker.submit(
            account_id="a", client_order_id="m", terms=order(), written=lambda: None
        )
        before = await _hear(broker, 22)
        venue.kill()
        with pytest.raises(BrokerUnavailable):
            await _send(broker, "late")
        await broker.stop()
    with venue_process("--journal", str(tmp_path)) as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
        await broker.start()
        assert await _hear(broker, 22) == before
        assert len(await broker.open_orders(account_id="a")) == 20
        (held,) = await broker.positions(account_id="a")
        assert held.quantity == 10
        await broker.stop()


async def test_a_torn_journal_is_cut_and_a_corrupt_or_busy_one_is_refused(tmp_path: Path) -> None:
    with venue_process("--journal", str(tmp_path)) as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock())
        await broker.start()
        await _send(broker, "whole")
        command = [sys.executable, "-m", "adapters.brokers.paper.server"]
        command += ["--journal", str(tmp_path)]
        busy = await asyncio.to_thread(_ended, command)
        assert (busy.returncode, "another venue" in busy.stderr) == (1, True)
        await broker.stop()
        venue.kill()
    _damage(tmp_path, lambda data: data + data[:50])
    # Its address is still the first thing it prints.
    with venue_process("--journal", str(tmp_path)) as venue:
        assert [found.client_order_id for found in venue.dump().orders] == ["whole"]
    _damage(tmp_path, lambda data: b"{" + data)
    corrupt = await asyncio.to_thread(_ended, command)
    assert (corrupt.returncode, "line 1: the checksum" in corrupt.stderr) == (1, True)
    assert "Traceback" not in corrupt.stderr


def _damage(folder: Path, change: Callable[[bytes], bytes]) -> None:
    (path,) = folder.iterdir()
    path.write_bytes(change(path.read_bytes()))


def _ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )


async def test_a_venue_that_dies_during_a_call_leaves_the_caller_unsure() -> None:
    with venue_process("--faults", "latency_min_s=5,latency_max_s=5") as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock(), traits=TRAITS)
        await broker.start()
        left = asyncio.Event()
        call = asyncio.create_task(
            broker.submit(account_id="a", client_order_id="x", terms=resting(), written=left.set)
        )
        async with asyncio.timeout(3):
            await left.wait()
        venue.kill()
        with pytest.raises(BrokerUnsure):
            await call
        await broker.stop()


async def test_lost_calls_leave_the_caller_unsure_and_the_dump_tells_the_truth() -> None:
    faults = "lost_request=0.3,lost_reply=0.3,unavailable=0.1"
    with venue_process("--dedup", "none", "--faults", faults, "--seed", "3") as venue:
        broker = RemotePaperBroker(url=venue.url, clock=SystemClock(), traits=TRAITS)
        await broker.start()
        outcomes = {}
        for number in range(60):
            try:
                outcomes[f"n{number}"] = type(await _send(broker, f"n{number}")).__name__
            except (BrokerUnsure, BrokerUnavailable) as problem:
                outcomes[f"n{number}"] = type(problem).__name__
        await broker.stop()
        dump = venue.dump()
    there = {found.client_order_id for found in dump.orders}
    assert set(outcomes.values()) == {"Acknowledged", "BrokerUnsure", "BrokerUnavailable"}
    assert {name for name, came in outcomes.items() if came == "Acknowledged"} <= there
    assert not {name for name, came in outcomes.items() if came == "BrokerUnavailable"} & there
    unsure = {name for name, came in outcomes.items() if came == "BrokerUnsure"}
    assert unsure & there
    assert unsure - there
    # Each was sent once, whatever happened: the client never sends again by itself.
    assert [arrival.client_order_id for arrival in dump.arrivals] == list(outcomes)
    assert all(found.state is VenueState.WORKING for found in dump.orders)


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    broker = RemotePaperBroker(url="http://127.0.0.1:1", clock=SystemClock(), traits=TRAITS)
    await broker.start()
    with pytest.raises(BrokerUnavailable, match="cannot connect"):
        await broker.find(account_id="a", client_order_id="x")
    await broker.stop()
    with pytest.raises(BrokerUnavailable, match="not started"):
        await broker.find(account_id="a", client_order_id="x")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        b"what?\r\n\r\n",
    ],
)
async def test_an_answer_that_cannot_be_read_leaves_the_caller_unsure(reply: bytes) -> None:
    visits: set[asyncio.Task[None] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *([0-9]+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            writer.write(reply)
            await writer.drain()
        except asyncio.IncompleteReadError:
            # The venue was asked how it is, and its client went away.
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    broker = RemotePaperBroker(url=f"http://127.0.0.1:{port}", clock=SystemClock(), traits=TRAITS)
    await broker.start()
    with pytest.raises(BrokerUnsure):
        await _send(broker, "x")
    await broker.stop()
    server.close()
    async with asyncio.timeout(10):
        await asyncio.gather(*(visit for visit in visits if visit is not None))
