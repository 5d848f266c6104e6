"""Beat, as an agent of Ballast, and do what is wanted: run or pause.

    ballast agents keys add momentum > agent.env   # on the owner's machine
    . agent.env && python examples/heartbeat.py

Over HTTP it needs the standard library alone. With --bootstrap it beats over Kafka (pip install
aiokafka), for which `ballast agents keys add --kafka` prints what it needs.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

KIND, VERSION = "example", "1.0"
HEARTBEATS, REPLIES = "ballast.heartbeats.v1", "ballast.replies.v1"
# Late after two seconds of silence, dead after five.
EVERY_S = 0.5
TIMEOUT_S = 2.0


def beat_over_http(sequence: int, state: str) -> str:
    """Beat once and return what is wanted; raises OSError while no server answers."""
    body = {"kind": KIND, "version": VERSION, "state": state, "sequence": sequence}
    request = urllib.request.Request(  # noqa: S310 - the address is the reader's own
        f"{os.environ['BALLAST_URL']}/api/v1/agents/{os.environ['AGENT_ID']}/heartbeat",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['BALLAST_TOKEN']}",
            "Content-Type": "application/json",
        },
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the address is the reader's own
        wanted: str = json.load(answer)["desired"]
    return wanted


def signed_heartbeat(
    *,
    agent: str,
    tenant: str,
    account: str | None,
    sequence: int,
    state: str,
    key_id: str,
    secret: str,
    at: str | None = None,
) -> bytes:
    """Return a heartbeat for Kafka, signed with HMAC-SHA256."""
    fields: dict[str, Any] = {
        "tenant": tenant,
        "account": account,
        "agent_id": agent,
        "kind": KIND,
        "at": at or datetime.now(UTC).isoformat(),
        "sequence": sequence,
        "state": state,
        "version": VERSION,
    }
    lines = ["ballast-heartbeat-v1", key_id]
    lines += ["-" if value is None else str(value) for value in fields.values()]
    mac = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256)
    signature = {"key_id": key_id, "mac": mac.hexdigest()}
    return json.dumps({**fields, "signature": signature}).encode()


async def beat_over_kafka(*, bootstrap: str, count: int | None) -> None:
    """Beat until interrupted, or so often."""
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    agent, tenant = os.environ["AGENT_ID"], os.environ["COMMAND_TENANT"]
    said = "running"

    async def listen(consumer: AIOKafkaConsumer) -> None:
        nonlocal said
        async for message in consumer:
            reply = json.loads(message.value)
            if (reply.get("tenant"), reply.get("agent_id")) == (tenant, agent):
                said = told(said, reply["desired"])

    consumer = AIOKafkaConsumer(REPLIES, bootstrap_servers=bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    async with consumer, producer:
        listening = asyncio.create_task(listen(consumer))
        sequence = 0
        while count is None or sequence < count:
            sequence += 1
            value = signed_heartbeat(
                agent=agent,
                tenant=tenant,
                account=os.environ.get("AGENT_ACCOUNT"),
                sequence=sequence,
                state=said,
                key_id=os.environ["COMMAND_KEY_ID"],
                secret=os.environ["COMMAND_SECRET"],
            )
            await producer.send_and_wait(HEARTBEATS, key=agent.encode(), value=value)
            await asyncio.sleep(EVERY_S)
        listening.cancel()


def told(before: str, wanted: str) -> str:
    """Say what is wanted where that is new, and return it; here a strategy would stop or go on."""
    if wanted != before:
        sys.stdout.write(f"asked to be {wanted}\n")
        sys.stdout.flush()
    return wanted


def beat(once: Callable[[int, str], str], *, count: int | None) -> None:
    """Beat until interrupted, or so often; an outage is told and waited for."""
    sequence, state = 0, "running"
    while count is None or sequence < count:
        sequence += 1
        try:
            state = told(state, once(sequence, state))
        except urllib.error.HTTPError as refused:
            sys.stderr.write(f"{refused.code}: {refused.read().decode(errors='replace')}\n")
            if refused.code in (401, 403, 404):
                sys.exit(1)
        except OSError as problem:
            sys.stderr.write(f"no server answers: {problem}\n")
        time.sleep(EVERY_S)


def main() -> None:
    """Read the command line and beat."""
    parser = argparse.ArgumentParser(description="Beat, as an agent of Ballast.")
    parser.add_argument("--bootstrap", help="beat over Kafka, by these brokers")
    parser.add_argument("--count", type=int, help="end after so many; else at Ctrl-C")
    asked = parser.parse_args()
    try:
        if asked.bootstrap is None:
            beat(beat_over_http, count=asked.count)
        else:
            asyncio.run(beat_over_kafka(bootstrap=asked.bootstrap, count=asked.count))
    except KeyboardInterrupt:
        sys.stderr.write("ended\n")


if __name__ == "__main__":
    main()
