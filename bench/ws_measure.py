"""Read one server's broadcast with clients in a second process, and decode what they saw."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from bench.serving import ROOT, free_port, serving
from bench.stats import Latency
from bench.ws_clients import ClientError, Delivered

COMPLAINT_CHARACTERS_MAX = 2_000


def read_delivery(
    *,
    port: int,
    clients: int,
    messages: int,
    paths: Sequence[str] = ("/",),
    hello: Sequence[str] = (),
    seconds_max: float = 120.0,
) -> Delivered:
    """Run the clients against a server that already listens; ClientError when they fail."""
    with NamedTemporaryFile("w", suffix=".paths") as listed:
        # A file, because a thousand single-use tickets do not fit a command line.
        listed.write("\n".join(paths))
        listed.flush()
        command = [
            sys.executable,
            "-m",
            "bench.ws_clients",
            f"--port={port}",
            f"--clients={clients}",
            f"--messages={messages}",
            f"--paths-file={listed.name}",
            f"--seconds-max={seconds_max}",
            *(f"--hello={text}" for text in hello),
        ]
        ended = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds_max + 30,
            check=False,
        )
    if ended.returncode != 0:
        raise ClientError(ended.stderr.strip()[-COMPLAINT_CHARACTERS_MAX:])
    told = json.loads(ended.stdout)
    return Delivered(**{**told, "latency_ms": Latency(**told["latency_ms"])})


def measure_ballast_broadcast(
    *, clients: int = 1_000, messages: int = 200, interval_ms: float = 0.0
) -> Delivered:
    """Measure Ballast's own edge telling every client of the same account's orders."""
    port = free_port()
    with TemporaryDirectory(prefix="ballast-bench-") as folder:
        note = Path(folder, "note.json")
        arguments = (
            "-m",
            "bench.ws_serve",
            f"--port={port}",
            f"--note={note}",
            f"--clients={clients}",
            f"--messages={messages}",
            f"--interval-ms={interval_ms}",
        )
        with serving(arguments=arguments, port=port):
            told = json.loads(note.read_text())
            return read_delivery(
                port=port,
                clients=clients,
                messages=messages,
                paths=told["paths"],
                hello=(told["hello"],),
            )


def measure_bare_broadcast(
    *,
    clients: int = 1_000,
    messages: int = 200,
    interval_ms: float = 0.0,
    message_bytes: int = 200,
) -> Delivered:
    """Measure the bare `websockets` server: interval 0 for throughput, above it for latency."""
    port = free_port()
    arguments = (
        "-m",
        "bench.peers.ws_broadcast",
        f"--port={port}",
        f"--clients={clients}",
        f"--messages={messages}",
        f"--interval-ms={interval_ms}",
        f"--message-bytes={message_bytes}",
    )
    with serving(arguments=arguments, port=port):
        return read_delivery(port=port, clients=clients, messages=messages)
