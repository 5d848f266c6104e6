"""Measure the bare durable POST: start its server, load it, stop it.

Run `python -m bench.peers.measure_post --database-url URL`; one JSON object comes on standard
output, the figures at one connection and at many.
"""

import argparse
import json
import sys
from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

import uvloop

from bench.load import Load, Report, run_load
from bench.serving import free_port, serving

ACCOUNT = UUID(int=1)
PATH = "/orders"


def measure_bare_post(
    *, database_url: str, connections: int, requests: int, warm_up: int = 500
) -> Report:
    """Load a fresh bare server over the given database and report what the client saw."""
    port = free_port()
    arguments = (
        "-m",
        "bench.peers.bare_post",
        f"--database-url={database_url}",
        f"--port={port}",
        f"--pool-size={min(connections, 32)}",
    )
    load = Load(
        port=port,
        path=PATH,
        body=bare_order,
        connections=connections,
        requests=requests,
        warm_up=warm_up,
    )
    with serving(arguments=arguments, port=port):
        return uvloop.run(run_load(load))


def bare_order(number: int) -> bytes:
    """Encode one order; the price differs, so that no two bodies are equal in a row."""
    price = Decimal(100) + Decimal(number % 1_000) / 100
    return (
        f'{{"account":"{ACCOUNT}","symbol":"AAPL","side":"buy",'
        f'"qty":"10","price":"{price}"}}'.encode()
    )


def main() -> None:
    """Measure at one connection and at many and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=5_000)
    chosen = parser.parse_args()
    answer = {
        f"connections_{connections}": asdict(
            measure_bare_post(
                database_url=chosen.database_url,
                connections=connections,
                requests=chosen.requests,
            )
        )
        for connections in (1, chosen.connections)
    }
    json.dump({"peer": "litestar + one INSERT", **answer}, sys.stdout)


if __name__ == "__main__":
    main()
