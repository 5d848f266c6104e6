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


@pytest.mark.parametrize(
    ("messages", "options", "came"),
    [(3, (), "6 of 8 frames"), (4, ("--interval-ms=600000",), "2 of 8 frames")],
    ids=["too few", "paced"],
)
def test_messages_that_do_not_come_are_counted_as_missing(
    messages: int, options: tuple[str, ...], came: str
) -> None:
    port = free_port()
    told = (f"--port={port}", "--clients=2", f"--messages={messages}", *options)
    with (
        serving(arguments=("-m", "bench.peers.ws_broadcast", *told), port=port),
        pytest.raises(ClientError, match=came),
    ):
        read_delivery(port=port, clients=2, messages=4, seconds_max=5)


def test_a_server_that_cannot_start_tells_why() -> None:
    port = free_port()
    with (
        pytest.raises(ServerError, match="the following arguments are required: --clients"),
        serving(arguments=("-m", "bench.peers.ws_broadcast", f"--port={port}"), port=port),
    ):
        pytest.fail("the block ran without a server")
