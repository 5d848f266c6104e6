"""The least an inference over HTTP can be: Litestar, one decoded Struct, `session.run`, 200.

No token, no queue, no limit and nothing counted; the run is the loop's own, for nobody else asks.
Run `python -m bench.peers.bare_infer --model FILE --port PORT`; it serves on loopback until it is
told to stop, and in any case no longer than `--seconds-max`.
"""

import argparse
import asyncio
from pathlib import Path

import numpy as np
import uvicorn
import uvloop
from litestar import Litestar, post
from litestar.datastructures import State
from msgspec import Struct

from adapters.compute.onnx.session import session_of
from bench.serving import LOOPBACK

PATH = "/infer"


class BareTensor(Struct):
    """An input or an output."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class BareAsked(Struct):
    """What is posted: the same as to our route."""

    inputs: list[BareTensor]


class BareSaid(Struct):
    """What is answered."""

    outputs: list[BareTensor]


@post(PATH, status_code=200)
async def infer(data: BareAsked, state: State) -> BareSaid:
    """Run the model on the one input."""
    (given,) = data.inputs
    row = np.array(given.data, np.float32).reshape(given.shape)
    (found,) = state.session.run(None, {given.name: row})
    told = BareTensor(
        name="y", shape=list(found.shape), datatype="FP32", data=found.ravel().tolist()
    )
    return BareSaid(outputs=[told])


def main() -> None:
    """Serve until told to stop or until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds-max", type=float, default=600.0)
    chosen = parser.parse_args()
    app = Litestar(route_handlers=[infer], openapi_config=None)
    app.state.session = session_of(chosen.model.read_bytes())
    config = uvicorn.Config(
        app,
        host=LOOPBACK,
        port=chosen.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
    )
    uvloop.run(_serve(uvicorn.Server(config), seconds_max=chosen.seconds_max))


async def _serve(server: uvicorn.Server, *, seconds_max: float) -> None:
    def stop() -> None:
        server.should_exit = True

    asyncio.get_running_loop().call_later(seconds_max, stop)
    await server.serve()


if __name__ == "__main__":
    main()
