"""Send one signed command over Kafka and print the reply.

    pip install aiokafka
    export COMMAND_KEY_ID=momentum-1 COMMAND_SECRET=...   # as in BALLAST_COMMANDS_KEYS
    python examples/send_command.py --bootstrap localhost:9092 --tenant TENANT_ID \
        --account ACCOUNT_ID --actor producer:momentum order.submit \
        '{"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "10", "limit_price": "99"}'

Everything above `send` is the standard library alone: take it over as it is.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

COMMANDS = "ballast.commands.v1"
REPLIES = "ballast.replies.v1"


def signed_command(
    *,
    type: str,
    payload: dict[str, Any],
    tenant: str,
    account: str | None,
    actor: str,
    key_id: str,
    secret: str,
    id: str | None = None,
    issued_at: datetime | None = None,
    lives_for: timedelta = timedelta(seconds=30),
    version: int = 1,
) -> tuple[bytes, bytes]:
    """Return the message's key and value; keep both to send the same command again."""
    issued = issued_at or datetime.now(UTC)
    fields = {
        "id": id or str(uuid.uuid4()),
        "type": type,
        "version": version,
        "tenant": tenant,
        "account": account,
        "issued_at": issued.isoformat(),
        "expires_at": (issued + lives_for).isoformat(),
        "actor": actor,
    }
    # The payload's bytes are signed as they are written, and must be sent as they were signed.
    written = json.dumps(payload, separators=(",", ":"))
    lines = ["ballast-command-v1", key_id]
    lines += ["-" if value is None else str(value) for value in fields.values()]
    mac = hmac.new(secret.encode(), "\n".join([*lines, written]).encode(), hashlib.sha256)
    fields["signature"] = {"key_id": key_id, "mac": mac.hexdigest()}
    value = f'{json.dumps(fields)[:-1]}, "payload": {written}}}'
    return (account or tenant).encode(), value.encode()


async def send(*, bootstrap: str, key: bytes, value: bytes, timeout_s: float) -> dict[str, Any]:
    """Send the command and return its reply; raises TimeoutError."""
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    command_id = json.loads(value)["id"]
    consumer = AIOKafkaConsumer(REPLIES, bootstrap_servers=bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    async with consumer, producer, asyncio.timeout(timeout_s):
        await consumer.seek_to_end()
        sent = await producer.send_and_wait(COMMANDS, key=key, value=value)
        while True:
            reply: dict[str, Any] = json.loads((await consumer.getone()).value)
            # A message whose signature did not hold is known by its place alone.
            place = (reply["origin"]["partition"], reply["origin"]["offset"])
            if reply["command_id"] == command_id or place == (sent.partition, sent.offset):
                return reply


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description="Send one signed command.")
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--account", help="left out for what is the whole tenant's")
    parser.add_argument("--actor", required=True)
    parser.add_argument("--timeout-s", type=float, default=30.0)
    parser.add_argument("type")
    parser.add_argument("payload", type=json.loads, nargs="?", default={})
    asked = parser.parse_args()
    key, value = signed_command(
        type=asked.type,
        payload=asked.payload,
        tenant=asked.tenant,
        account=asked.account,
        actor=asked.actor,
        key_id=os.environ["COMMAND_KEY_ID"],
        secret=os.environ["COMMAND_SECRET"],
    )
    reply = asyncio.run(
        send(bootstrap=asked.bootstrap, key=key, value=value, timeout_s=asked.timeout_s)
    )
    sys.stdout.write(json.dumps(reply, indent=2) + "\n")


if __name__ == "__main__":
    main()
