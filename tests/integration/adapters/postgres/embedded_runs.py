"""Run the embedded server in a process of its own: python -m … FOLDER once|hold."""

import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg

from adapters.postgres.embedded.server import EmbeddedPostgres


async def main(folder: Path, *, hold: bool) -> None:
    """Start, add a row, say so, then stop or wait to be killed."""
    server = EmbeddedPostgres(data_dir=folder)
    url = await server.start()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (id serial)")
    await connection.execute("INSERT INTO kept DEFAULT VALUES")
    rows = await connection.fetchval("SELECT count(*) FROM kept")
    await connection.close()
    said = {"url": url, "rows": rows, "uid": os.geteuid(), "pid": server.pid}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    if hold:
        await asyncio.sleep(600)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), hold=sys.argv[2] == "hold"))
