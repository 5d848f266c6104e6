"""Invariant 13: no secret stands anywhere in plain.

A server with a database of its own, a real Redis and a real Kafka gets hundreds of secrets: through
every route that takes one, rightly and wrongly, through its settings, and through the commands
that read them. Then everything that it wrote is searched: logs, pg_dump, the database's own
files, Redis, every topic, every answer but that of a creation, and the commands' output. Part of
it happens while a table is away, so that there are tracebacks to search too.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from secrets import token_hex
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from redis.asyncio import Redis

from adapters.kafka.topics import TOPICS
from adapters.postgres.backup.tools import find_tools
from adapters.postgres.embedded.server import address_of_running
from adapters.security.given_keys import new_key
from tests.torture.canary_forms import (
    FORMS,
    KEYS,
    Putting,
    kept_and_used,
    malformed,
    second_factors,
)
from tests.torture.canary_search import files_under, hits
from tests.torture.processes import ROOT, Server
from tests.torture.workers.events_seen import read_topic

_SETTLE_S = 2.0
# In the suite: a command takes seconds to begin.
FEW = (("keys", "rotate"), ("config",))
# What is told of wrong settings is the same for every command.
_OF_WRONG = (("config",), ("keys", "status"))
_WRONG = "wrong.toml"
_COMMANDS = (
    ("keys", "status"),
    ("keys", "self-test"),
    ("keys", "rotate"),
    ("config",),
    ("doctor",),
)


@dataclass(slots=True, kw_only=True)
class Canaries:
    """What came of the search."""

    canaries: int = 0
    places: int = 0
    bytes: int = 0
    tracebacks: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.canaries} canaries looked for in {self.places} places of {self.bytes} bytes,"
            f" {self.tracebacks} tracebacks among them; {len(self.wrongs)} violations"
        )


async def torture(
    *,
    redis_url: str,
    kafka: str,
    count: int,
    random: Random,
    say: Callable[[str], None],
    commands: Sequence[tuple[str, ...]] = _COMMANDS,
) -> Canaries:
    """Put at least so many canaries in, and look for them; run these commands."""
    found = Canaries()
    with tempfile.TemporaryDirectory(prefix="ballast-torture-") as folder:
        folder_path = Path(folder)
        # Our own Postgres runs as another user when this one is root.
        os.chmod(folder, 0o711)
        settings, canaries = _settings(redis_url=redis_url, kafka=kafka)
        with _venue(folder_path / "venue.log") as venue:
            settings["BALLAST_PAPER_URL"] = venue
            async with _serving(folder_path, settings) as (server, http):
                put = Putting(http=http, venue=venue, canaries=canaries)
                await _put_in(put, count=count, random=random)
                say(f"{len(put.canaries)} canaries are in")
                await _fail(put, server=server)
                places = {
                    f"output of {name}": told for name, told in _commands(server, put, commands)
                }
                await asyncio.sleep(_SETTLE_S)
                places |= await _database(server)
                places |= await _redis(redis_url, found=found)
                places |= await _kafka(kafka, found=found)
                places |= put.answers
        files = files_under(folder_path)
        # What we wrote ourselves, for a command to read.
        del files[_WRONG]
        places |= {f"file {name}": content for name, content in files.items()}
        found.canaries = len(put.canaries)
        found.wrongs += put.wrongs + hits(places, put.canaries)
        found.places = len(places)
        found.bytes = sum(map(len, places.values()))
        found.tracebacks = places["file server.log"].count(b"Traceback (most recent call last)")
        _check_reach(places, found=found)
    return found


def _check_reach(places: dict[str, bytes], *, found: Canaries) -> None:
    """See that the search would have found something: what is there must be."""
    if not found.tracebacks:
        found.wrongs.append("no traceback was written, so none was searched")
    for name in ("pg_dump", "kafka ballast.events.secrets.v1"):
        if b"api_key.created" not in places.get(name, b""):
            found.wrongs.append(f"{name} tells of no API key: it was not searched")


async def _put_in(put: Putting, *, count: int, random: Random) -> None:
    forms: list[Any] = []
    while len(put.canaries) < count:
        forms = forms or [*FORMS]
        await forms.pop(random.randrange(len(forms)))(put)


async def _fail(put: Putting, *, server: Server) -> None:
    """Put more in while the table is away: each request ends in a defect and its traceback."""
    url = address_of_running(data_dir=server.folder / "data")
    assert url is not None
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER TABLE secrets RENAME TO secrets_away")
        for _ in range(3):
            given = await put.known()
            body = {"name": token_hex(8), "broker": "paper", "environment": "paper", **given}
            await put.ask("POST", KEYS, body, expect=500)
        await connection.execute("ALTER TABLE secrets_away RENAME TO secrets")
    finally:
        await connection.close()
    await malformed(put)
    await kept_and_used(put)
    await second_factors(put)


def _commands(
    server: Server, put: Putting, commands: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, bytes]]:
    """Run the commands that read secrets, with right settings and with wrong ones."""
    wrong = (
        {"BALLAST_SECRETS_KEYS": f"1:{put.fresh()}"},
        {"BALLAST_COMMANDS_KEYS": put.fresh()},
        {"BALLAST_COMMANDS_KEYS": json.dumps([{"id": "a", "secret": put.fresh()}])},
        {"BALLAST_TOKEN_SIGNING_KEY": put.fresh()},
        {"BALLAST_DATABASE_URL": f"postgres://u:{put.fresh()}@127.0.0.1:1/x?password=y"},
        {"BALLAST_REDIS_URL": f"redis://:{put.fresh()}@127.0.0.1:x/0"},
        {"BALLAST_PAPER_CREDENTIALS": json.dumps([{"key": put.fresh()}])},
        {"BALLAST_SECRETS_SOURCE": "passphrase", "BALLAST_SECRETS_PASSPHRASE": put.fresh()},
        {"BALLAST_CONFIG": str(_wrong_file(server.folder, put))},
    )
    second = new_key()
    put.canaries.append(second)
    right = {"BALLAST_SECRETS_KEYS": f"{server.settings['BALLAST_SECRETS_KEYS']},2:{second}"}
    for number, changes in enumerate((right, *wrong)):
        for arguments in commands if changes is right else _OF_WRONG[: len(commands) - 1]:
            done = subprocess.run(
                [sys.executable, "-m", "bootstrap.cli", *arguments],
                cwd=ROOT,
                env=server.environment() | changes,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
            if changes is right and done.returncode and arguments[0] == "keys":
                put.wrongs.append(f"{arguments} ended with {done.returncode}: {done.stdout!r}")
            yield f"{' '.join(arguments)} {number}", done.stdout


def _wrong_file(folder: Path, put: Putting) -> Path:
    """Write a settings file whose secrets have every wrong type."""
    number = str(int(token_hex(7), 16))
    put.canaries.append(number)
    path = folder / _WRONG
    listed, cut_off = put.fresh(), put.fresh()
    path.write_text(
        f'[secrets]\nkeys = ["{listed}"]\npassphrase = {number}\n[vault]\ntoken = 7\n'
        f'[paper]\ncredentials = "{cut_off}"\n'
    )
    return path


def _settings(*, redis_url: str, kafka: str) -> tuple[dict[str, str], list[str]]:
    """Return settings with a canary in each that is secret, and the canaries."""
    pem = (
        generate_private_key(public_exponent=65537, key_size=3072)
        .private_bytes(
            encoding=serialization.Encoding.PEM,
            format=serialization.PrivateFormat.PKCS8,
            encryption_algorithm=serialization.NoEncryption(),
        )
        .decode()
    )
    first = new_key()
    plain = {
        name: f"canary{token_hex(16)}"
        for name in (
            "BALLAST_VAULT_TOKEN",
            "BALLAST_VAULT_SECRET_ID",
            "BALLAST_SECRETS_PASSPHRASE",
            "BALLAST_SECRETS_PASSPHRASE_BEFORE",
            "BALLAST_KAFKA_SASL_PASSWORD",
            "BALLAST_NOTIFICATIONS_SMTP_PASSWORD",
            "BALLAST_NOTIFICATIONS_TWILIO_TOKEN",
        )
    }
    producer = f"canary{token_hex(16)}"
    signer = {"id": "one", "secret": producer, "tenant": str(uuid4()), "actor": "torture"}
    settings = {
        **plain,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_KAFKA_BOOTSTRAP": kafka,
        "BALLAST_TOKEN_SIGNING_KEY": pem,
        "BALLAST_SECRETS_SOURCE": "environment",
        "BALLAST_SECRETS_KEYS": f"1:{first}",
        "BALLAST_COMMANDS_KEYS": json.dumps([signer]),
        # Providers that are away: what they were to be told is told nowhere else.
        "BALLAST_NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
        "BALLAST_NOTIFICATIONS_SMTP_PORT": "9",
        "BALLAST_NOTIFICATIONS_SMTP_TLS": "none",
        "BALLAST_NOTIFICATIONS_SMTP_USER": "ballast",
        "BALLAST_NOTIFICATIONS_SMTP_FROM": "ballast@example.com",
        "BALLAST_NOTIFICATIONS_TWILIO_ACCOUNT": "AC0123",
        "BALLAST_NOTIFICATIONS_TWILIO_FROM": "+15557122661",
        "BALLAST_NOTIFICATIONS_TWILIO_URL": "http://127.0.0.1:9",
        "BALLAST_NOTIFICATIONS_PUSH_HOSTS": "127.0.0.1",
        "BALLAST_NOTIFICATIONS_PRIVATE_NETWORKS": "127.0.0.0/8",
        "BALLAST_LOG_LEVEL": "debug",
        "BALLAST_IDENTITY_TRIES_PER_MINUTE": "100000",
        "BALLAST_REPLAY_PAUSED": "true",
    }
    # Of the PEM any line of its middle; what of it is public is none of these.
    lines = pem.splitlines()[-12:-2]
    return settings, [*plain.values(), producer, first, *lines]


@contextlib.contextmanager
def _venue(log: Path) -> Iterator[str]:
    """Run a venue whose log is searched as well, and give its address."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "adapters.brokers.paper.server", "--settle-horizon-s=1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=said,
        )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


@contextlib.asynccontextmanager
async def _serving(
    folder: Path, settings: dict[str, str]
) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(folder=folder, settings=settings)
    server.start()
    try:
        if not await server.ready():
            raise RuntimeError(f"the server did not start\n{server.log_tail()}")
        headers = {"Authorization": f"Bearer {server.token()}"}
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, trust_env=False, timeout=30
        ) as http:
            yield server, http
        server.stop()
    finally:
        server.kill()


async def _database(server: Server) -> dict[str, bytes]:
    url = address_of_running(data_dir=server.folder / "data")
    assert url is not None
    tools = find_tools(environment=os.environ, major=18)
    return {"pg_dump": await tools.run("pg_dump", ("--inserts",), url=url)}


async def _redis(url: str, *, found: Canaries) -> dict[str, bytes]:
    """Read every value as it is; what DUMP gives may be compressed."""
    client: Any = Redis.from_url(url)
    places = {}
    try:
        async for name in client.scan_iter(count=500):
            match await client.type(name):
                case b"string":
                    value = await client.get(name)
                case b"hash":
                    value = await client.hgetall(name)
                case b"list":
                    value = await client.lrange(name, 0, -1)
                case b"set":
                    value = await client.smembers(name)
                case b"zset":
                    value = await client.zrange(name, 0, -1)
                case b"stream":
                    value = await client.xrange(name)
                case other:
                    found.wrongs.append(f"Redis has a {other!r} that is not searched")
                    continue
            places[f"redis {name!r}"] = name + repr(value).encode()
    finally:
        await client.aclose()
    return places


async def _kafka(bootstrap: str, *, found: Canaries) -> dict[str, bytes]:
    places = {}
    for topic in TOPICS:
        records = await read_topic(bootstrap, topic.name)
        said = [
            b"\n".join((one.key or b"", one.value or b"", repr(one.headers).encode()))
            for one in records
        ]
        places[f"kafka {topic.name}"] = b"\n".join(said)
    if not any(places.values()):
        found.wrongs.append("nothing lies on Kafka, so nothing was searched")
    return places
