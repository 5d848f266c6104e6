"""Make databases on a Postgres that a row started."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop

from adapters.postgres.migrations.run import upgrade


def fresh_database(url: str, *, migrated: bool = True) -> str:
    """Make a database on the server and return its URL; it ends with the server."""
    name = f"bench_{secrets.token_hex(6)}"
    made = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    uvloop.run(_create(url, name=name))
    if migrated:
        uvloop.run(upgrade(made))
    return made


async def _create(url: str, *, name: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
