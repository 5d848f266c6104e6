"""Wires lose, repeat, delay and reorder as told, and say what is certain and what is not."""

import asyncio

import pytest

from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.network import NoReply, Unreachable, Wire, WireFaults
from tests.simulation.virtual_time.run import Scenario, Simulation, run


def check(scenario: Scenario, *, seeds: int = 20) -> None:
    for seed in range(seeds):
        outcome = run(seed, scenario)
        assert outcome.ok, (seed, outcome.failure)


class Echo:
    """A server that counts what it got."""

    def __init__(self) -> None:
        self.got: list[int] = []

    async def serve(self, message: int) -> int:
        self.got.append(message)
        if message < 0:
            raise ValueError(f"{message} is negative")
        return message * 2


async def forever(_life: Life) -> None:
    await asyncio.Event().wait()


def test_a_faultless_wire_answers_in_order_after_its_delay() -> None:
    async def scenario(simulation: Simulation) -> None:
        echo = Echo()
        wire = simulation.wire("w", echo.serve, faults=WireFaults(delay_s=(0.5, 1.0)))
        assert await wire.request(21, timeout_s=10) == 42
        assert 1.0 <= simulation.loop.time() <= 2.0
        for number in range(50):
            wire.send(number)
        await asyncio.sleep(5)
        assert echo.got == [21, *range(50)]
        with pytest.raises(ValueError, match="-1 is negative"):
            await wire.request(-1, timeout_s=10)

    check(scenario)


def test_a_lost_request_and_a_lost_reply_look_the_same_to_the_sender() -> None:
    async def scenario(simulation: Simulation) -> None:
        for faults, served in (
            (WireFaults(lose_request=1.0), []),
            (WireFaults(lose_reply=1.0), [1]),
        ):
            echo = Echo()
            wire: Wire[int, int] = simulation.wire(f"w{served}", echo.serve, faults=faults)
            before_s = simulation.loop.time()
            with pytest.raises(NoReply, match="no reply within 3 s"):
                await wire.request(1, timeout_s=3)
            assert simulation.loop.time() == before_s + 3
            assert echo.got == served

    check(scenario)


def test_a_duplicate_arrives_twice_and_answers_once() -> None:
    async def scenario(simulation: Simulation) -> None:
        echo = Echo()
        wire = simulation.wire("w", echo.serve, faults=WireFaults(duplicate=1.0))
        assert await wire.request(4, timeout_s=10) == 8
        await asyncio.sleep(5)
        assert echo.got == [4, 4]

    check(scenario)


def test_reordering_and_shares_are_about_as_often_as_told() -> None:
    async def scenario(simulation: Simulation) -> None:
        echo = Echo()
        wire = simulation.wire("w", echo.serve, faults=WireFaults(reorder=0.3, lose_request=0.2))
        for number in range(500):
            wire.send(number)
        await asyncio.sleep(10)
        assert 350 <= len(echo.got) <= 450
        assert echo.got != sorted(echo.got)

    check(scenario, seeds=5)


def test_a_refused_connection_or_a_dead_server_certainly_got_nothing() -> None:
    async def scenario(simulation: Simulation) -> None:
        echo = Echo()
        server = simulation.process("server", forever)
        wire = simulation.wire("w", echo.serve, server=server)
        with pytest.raises(Unreachable, match="the server is down"):
            await wire.request(1, timeout_s=1)
        server.start()
        assert await wire.request(1, timeout_s=1) == 2
        wire.faults = WireFaults(refuse=1.0)
        with pytest.raises(Unreachable, match="connection refused"):
            wire.send(2)
        assert echo.got == [1]

    check(scenario)


def test_a_cut_wire_loses_everything_until_mended() -> None:
    async def scenario(simulation: Simulation) -> None:
        echo = Echo()
        wire = simulation.wire("w", echo.serve, faults=WireFaults(duplicate=0.5))
        wire.cut = True
        with pytest.raises(NoReply):
            await wire.request(1, timeout_s=1)
        wire.cut = False
        assert await wire.request(2, timeout_s=1) == 4
        assert set(echo.got) == {2}

    check(scenario)


def test_a_server_that_dies_takes_its_requests_with_it_and_serves_anew() -> None:
    async def scenario(simulation: Simulation) -> None:
        finished: list[int] = []

        async def slow(message: int) -> int:
            assert simulation.loop.caller().name == "server"
            await asyncio.sleep(5)
            finished.append(message)
            return message

        server = simulation.process("server", forever)
        server.start()
        wire = simulation.wire("w", slow, server=server)
        request = asyncio.create_task(wire.request(1, timeout_s=20))
        await asyncio.sleep(1)
        server.restart()
        with pytest.raises(NoReply):
            await request
        assert finished == []
        assert await wire.request(2, timeout_s=20) == 2

    check(scenario)


def test_a_requester_that_dies_leaves_the_server_at_work() -> None:
    async def scenario(simulation: Simulation) -> None:
        served: list[int] = []
        answered: list[int] = []

        async def slow(message: int) -> int:
            await asyncio.sleep(5)
            served.append(message)
            raise ValueError("nobody is there to hear this")

        wire = simulation.wire("w", slow)

        async def boot(_life: Life) -> None:
            answered.append(await wire.request(1, timeout_s=60))

        client = simulation.process("client", boot)
        client.start()
        await asyncio.sleep(1)
        client.crash()
        await asyncio.sleep(60)
        assert (served, answered) == ([1], [])

    check(scenario)


def test_a_reply_and_a_timeout_in_one_instant_end_well() -> None:
    async def scenario(simulation: Simulation) -> None:
        async def late(_message: int) -> int:
            raise ValueError("just in time")

        wire = simulation.wire("w", late, faults=WireFaults(delay_s=(1.0, 1.0)))
        with pytest.raises((NoReply, ValueError)):
            await wire.request(1, timeout_s=2.0)
        await asyncio.sleep(5)

    check(scenario, seeds=50)


def test_a_reply_that_nobody_awaits_any_more_is_no_failure() -> None:
    async def scenario(simulation: Simulation) -> None:
        async def refuse(_message: int) -> int:
            raise ValueError("just too late")

        wire = simulation.wire("w", refuse, faults=WireFaults(delay_s=(1.0, 1.0)))
        request = asyncio.create_task(wire.request(1, timeout_s=10.0))
        # Some seeds cancel between the arrival of the reply and the requester's next step.
        simulation.loop.call_later(2.0, request.cancel)
        await asyncio.wait([request])
        assert request.cancelled() or isinstance(request.exception(), ValueError)
        del request
        await asyncio.sleep(5)

    check(scenario, seeds=50)


def test_faults_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="lose_reply is a probability"):
        WireFaults(lose_reply=-0.1)
    with pytest.raises(ValueError, match="delay_s needs 0 <= low <= high"):
        WireFaults(delay_s=(2.0, 1.0))


def test_the_sender_is_told_when_a_request_has_left_lost_or_not() -> None:
    async def scenario(simulation: Simulation) -> None:
        for faults in (WireFaults(), WireFaults(lose_request=1.0), WireFaults(refuse=1.0)):
            told: list[float] = []

            def left(told: list[float] = told) -> None:
                told.append(simulation.loop.time())

            wire = simulation.wire(f"w{faults.refuse}", Echo().serve, faults=faults)
            before_s = simulation.loop.time()
            try:
                await wire.request(1, timeout_s=3, left=left)
            except NoReply:
                assert faults.lose_request
            except Unreachable:
                assert faults.refuse
            assert told == ([] if faults.refuse else [before_s])

    check(scenario)
