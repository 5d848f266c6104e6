"""A model that runs in another process of ours keeps the promises of engines."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest

from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.remote.engine import RemoteEngine
from adapters.compute.remote.server import RemoteServer
from adapters.system.time import SystemClock
from domain.inference.model import ModelKey
from domain.shared.breaker import Breaker
from ports.inference import ModelSession, RunFailed
from tests.contracts.inference import EngineContract, Open, rows
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.inference import models
from tests.integration.inference.models import MODELS, bytes_of

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Run a server that has every model."""
    folder = tmp_path_factory.mktemp("elsewhere")
    lying = folder / "models"
    lying.mkdir()
    for name, made in MODELS.items():
        (lying / f"{name}.onnx").write_bytes(bytes_of(made()))
    settings = {
        "BALLAST_PROFILE": "memory",
        "BALLAST_REPLAY_PAUSED": "true",
        "BALLAST_INFERENCE_MODEL_DIR": str(lying),
        "BALLAST_INFERENCE_RUN_S_MAX": "1",
    }
    with program(folder / "data", "serve", **settings) as running:
        until(lambda: _serves(running), within_s=200, told=running.tail)
        yield running


def _serves(running: Program) -> bool:
    if not running.is_up():
        return False
    mine = {"Authorization": f"Bearer {running.token()}"}
    replies = (
        httpx.get(f"{running.url}/v2/models/{name}/ready", headers=mine, trust_env=False)
        for name in MODELS
    )
    return all(one.status_code == httpx.codes.OK for one in replies)


@pytest.fixture
async def server(process: Program) -> AsyncIterator[RemoteServer]:
    """Ask it as its owner."""
    token = process.token()
    one = RemoteServer(url=process.url, token=lambda: token, clock=SystemClock(), breaker=Breaker())
    yield one
    await one.stop()


async def _opened(server: RemoteServer, name: str, *, content: bytes) -> ModelSession:
    found = await OnnxExaminer().examine(content)
    return await RemoteEngine(server, ModelKey(name)).open(found.content, found.facts)


class TestRemote(EngineContract):
    @pytest.fixture
    async def opened(self, server: RemoteServer) -> Open:
        async def opened(name: str) -> ModelSession:
            return await _opened(server, name, content=bytes_of(MODELS[name]()))

        return opened


async def test_another_file_of_the_same_name_is_refused(server: RemoteServer) -> None:
    # What it takes and gives is the same; what it works out is not.
    other = bytes_of(models.mlp(w1=rows("mlp", 9, 32)["x"].T.repeat(2, axis=1)))
    session = await _opened(server, "mlp", content=other)
    with pytest.raises(RunFailed, match="another file"):
        await session.run(rows("mlp", 1, 1))


async def test_another_version_is_not_there(server: RemoteServer) -> None:
    found = await OnnxExaminer().examine(bytes_of(MODELS["mlp"]()))
    key = replace(ModelKey("mlp"), version="2")
    session = await RemoteEngine(server, key).open(found.content, found.facts)
    with pytest.raises(RunFailed, match="404"):
        await session.run(rows("mlp", 1, 1))


async def test_who_may_not_ask_gets_nothing(process: Program) -> None:
    stranger = RemoteServer(
        url=process.url, token=lambda: None, clock=SystemClock(), breaker=Breaker()
    )
    session = await _opened(stranger, "mlp", content=bytes_of(MODELS["mlp"]()))
    with pytest.raises(RunFailed, match="401"):
        await session.run(rows("mlp", 1, 1))
    await stranger.stop()
