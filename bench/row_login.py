"""Log-ins per second of a whole server, beside the Argon2id checks that they cannot do without.

Ours are `POST /api/v1/auth/login` over as many connections as hashes may run at once and two
more, each a known device of one user, on Postgres: the password is checked, a session and a
refresh token are stored, the audit entry is proven, a token is signed. Theirs is the same
hasher with the same parameters and as many at once, doing nothing else, in this process.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx
import uvloop

from adapters.security.passwords import AT_ONCE, Argon2idHasher
from bench.context import Context, open_context
from bench.load import Load, run_load
from bench.postgres import fresh_database
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.serving import LOOPBACK
from bench.stats import interleave

TURNS = 5
LOGINS = 60
CONNECTIONS = AT_ONCE + 2
GOAL = 0.9
PEER = "Argon2id checks alone"
PATH = "/api/v1/auth/login"
_EMAIL = "trader@example.com"
_PASSWORD = "orbit velvet cactus lantern"  # noqa: S105 - only this row's own server knows it
# The load comes from one address, and is no guessing.
_MANY_TRIES = {"BALLAST_IDENTITY_TRIES_PER_MINUTE": "100000"}


def measure() -> Row:
    """Measure both sides in turn."""
    with own_server("postgres") as server, TemporaryDirectory(prefix="ballast-bench-") as folder:
        url = fresh_database(server, migrated=False)
        with open_context(
            database_url=url, folder=Path(folder), accounts=1, more=_MANY_TRIES
        ) as context:
            _join(context)
            devices = [_device(context) for _ in range(CONNECTIONS)]
            ours, bound = interleave(
                lambda: uvloop.run(_logins(context, devices)),
                lambda: uvloop.run(_checks()),
                repeats=TURNS,
            )
    return compare(
        name="login",
        unit="1/s",
        better=Better.HIGHER,
        ours=ours,
        reference=bound,
        reference_name=PEER,
        goal=GOAL,
    )


def _join(context: Context) -> None:
    """Let a user in who has a password."""
    with _client(context) as client:
        asked = {"email": _EMAIL, "role": "trader"}
        owner = {"authorization": f"Bearer {context.token}"}
        token = _told(client.post("/invitations", json=asked, headers=owner))["token"]
        joining = {"token": token, "name": "Trader", "password": _PASSWORD}
        client.post("/auth/join", json=joining).raise_for_status()


def _device(context: Context) -> str:
    """Log in once, and return the token of a new device."""
    with _client(context) as client:
        return _told(client.post("/auth/login", json=_asked()))["device_token"]


async def _logins(context: Context, devices: list[str]) -> float:
    """Return log-ins per second over all connections."""
    bodies = [json.dumps(_asked(device_token=device)).encode() for device in devices]
    load = Load(
        port=context.port,
        path=PATH,
        # Requests go round the connections: each has one device throughout.
        body=lambda number: bodies[number % CONNECTIONS],
        requests=LOGINS,
        connections=CONNECTIONS,
        warm_up=CONNECTIONS,
        expect_status=200,
    )
    return (await run_load(load)).requests_per_s


async def _checks() -> float:
    """Return checks per second of the hasher alone."""
    hasher = Argon2idHasher()
    try:
        made = await hasher.hash(_PASSWORD)

        async def one_after_another() -> None:
            for _ in range(LOGINS // CONNECTIONS):
                await hasher.verify(password=_PASSWORD, hash=made)

        began = perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(CONNECTIONS)))
        return LOGINS / (perf_counter() - began)
    finally:
        hasher.close()


def _asked(**more: str) -> dict[str, str]:
    return {"email": _EMAIL, "password": _PASSWORD, **more}


def _client(context: Context) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://{LOOPBACK}:{context.port}/api/v1", timeout=30, trust_env=False
    )


def _told(reply: httpx.Response) -> Mapping[str, str]:
    reply.raise_for_status()
    told: Mapping[str, str] = reply.json()
    return told
