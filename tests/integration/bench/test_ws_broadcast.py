"""The WebSocket clients read the bare broadcast whole, and say so when it is not."""

import pytest

from bench.serving import ServerError, free_port, serving
from bench.ws_clients import ClientError
from bench.ws_measure import measure_bare_broadcast, read_delivery


def test_every_client_gets_every_message() -> None:
    delivered = measure_bare_broadcast(clients=20, messages=30)

    assert (delivered.clients, delivered.frames) == (20, 600)
    assert delivered.latency_ms.count == 600
    assert delivered.frames_per_s == pytest.approx(600 / delivered.seconds)


def test_a_pace_bounds_the_rate() -> None:
    delivered = measure_bare_broadcast(clients=2, messages=11, interval_ms=20)

    # Ten pauses lie between the first send and the last; the first frame may arrive late.
    assert delivered.seconds + delivered.latency_ms.maximum / 1000 >= 0.2


def test_messages_that_never_come_are_counted_as_missing() -> None:
    port = free_port()
    arguments = ("-m", "bench.peers.ws_broadcast", f"--port={port}", "--clients=2", "--messages=3")
    with (
        serving(arguments=arguments, port=port),
        pytest.raises(ClientError, match="6 of 8 frames"),
    ):
        read_delivery(port=port, clients=2, messages=4, seconds_max=3)


def test_a_server_that_cannot_start_tells_why() -> None:
    port = free_port()
    with (
        pytest.raises(ServerError, match="the following arguments are required: --clients"),
        serving(arguments=("-m", "bench.peers.ws_broadcast", f"--port={port}"), port=port),
    ):
        pytest.fail("the block ran without a server")
