"""The least that restoring a layout can be: Litestar, one SELECT of a mebibyte, 200.

No token, no owner, no version, no check that the bytes are those that were saved. PUT writes
the one row anew, as the other side's saves do.

Run `python -m bench.peers.bare_layout --database-url URL --port PORT`; the table is made anew
at the start and dropped at the end. It serves on loopback until it is told to stop, and in any
case no longer than `--seconds-max`.
"""

from typing import Any

from litestar import Request, Response, get, put
from litestar.datastructures import State

from bench.peers.bare_server import serve_bare

TABLE = "bench_bare_layout"
CREATE = f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, layout bytea NOT NULL)"
SELECT = f"SELECT layout FROM {TABLE} WHERE id = 1"  # noqa: S608 - own names; values are parameters
STORE = f"""
INSERT INTO {TABLE} VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET layout = excluded.layout
"""  # noqa: S608 - own names; values are parameters
PATH = "/layout"
BODY_BYTES_MAX = 2_097_152


@get(PATH)
async def restore_layout(state: State) -> Response[bytes]:
    """Answer with the row's bytes."""
    return Response(await state.pool.fetchval(SELECT), media_type="application/json")


@put(PATH, request_max_body_size=BODY_BYTES_MAX)
async def store_layout(request: Request[Any, Any, Any], state: State) -> None:
    """Write the row anew."""
    await state.pool.execute(STORE, await request.body())


if __name__ == "__main__":
    serve_bare(
        [restore_layout, store_layout],
        table=TABLE,
        create=CREATE,
        description=__doc__.splitlines()[0],
    )
