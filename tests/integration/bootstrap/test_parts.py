"""Parts in processes of their own: signals, decisions, models and texts go from one to another."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bootstrap.identity.access_tokens import build_part_tokens
from bootstrap.settings.load import load_settings
from bootstrap.system import build_system
from tests.contracts.inference import mlp, rows
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.inference.models import MODELS, bytes_of
from tests.integration.sentiment.bert import write_folder
from tests.services.ports import free_ports
from tests.torture.context import Context
from tests.waiting import until_true

# Six processes start on a machine that other things share.
pytestmark = pytest.mark.timeout(900)

WITHIN_S = 200.0
PARTS: Mapping[str, tuple[str, ...]] = {
    "api": ("api", "relay", "watch"),
    "market": ("market", "dispatch"),
    "patterns": ("patterns",),
    "strategies": ("strategies", "sentiment"),
    "inference": ("inference",),
    "finbert": ("finbert",),
}
TOLD = {
    "pattern_engine",
    "strategy_engine",
    "onnx_runner",
    "sentiment_engine",
    "finbert_server",
}
TEXT = "Profit rose and costs fell."
GIVEN = rows("mlp", 3, 2)
QUESTION = {
    "inputs": [
        {"name": "x", "shape": [2, 32], "datatype": "FP32", "data": GIVEN["x"].ravel().tolist()}
    ]
}


@dataclass(slots=True, kw_only=True)
class Parted:
    """The processes by name, and what leads to the parts that are asked."""

    folder: Path
    settings: Mapping[str, str]
    ports: Mapping[str, int]
    stack: ExitStack
    programs: dict[str, Program] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process."""
        running = program(self.folder, "worker", *PARTS[name], **self.settings)
        self.programs[name] = self.stack.enter_context(running)

    def url(self, part: str) -> str:
        """Return where a part answers other processes."""
        return f"http://127.0.0.1:{self.ports[part]}"

    def wait_for(self, part: str, process: str) -> None:
        """Return once a part answers that it is ready."""

        def is_ready() -> bool:
            assert self.programs[process].process.poll() is None, self.programs[process].tail()
            try:
                reply = httpx.get(f"{self.url(part)}/health/ready", trust_env=False, timeout=5)
            except httpx.HTTPError:
                return False
            return reply.status_code == httpx.codes.OK

        until(is_ready, within_s=WITHIN_S, told=self.programs[process].tail)


@contextmanager
def _running(folder: Path, settings: Mapping[str, str], ports: Mapping[str, int]) -> Iterator[Any]:
    with ExitStack() as stack:
        parted = Parted(folder=folder, settings=settings, ports=ports, stack=stack)
        # Founding comes before the others look for the tenant.
        parted.start("market")
        until(
            parted.programs["market"].is_up,
            within_s=WITHIN_S,
            told=parted.programs["market"].tail,
        )
        for name in PARTS:
            if name != "market":
                parted.start(name)
        for part, process in (
            ("inference", "inference"),
            ("sentiment", "strategies"),
            ("finbert", "finbert"),
        ):
            parted.wait_for(part, process)
        yield parted


@pytest.fixture
def parted(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Parted]:
    """Start everything over one database."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "mlp.onnx").write_bytes(bytes_of(MODELS["mlp"]()))
    names = ("inference", "sentiment", "finbert")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    settings = {
        "BALLAST_PROFILE": "cluster",
        "BALLAST_DATABASE_URL": database_url,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_REPLAY_PAUSED": "false",
        "BALLAST_REPLAY_SECONDS_PER_DAY": "0.5",
        "BALLAST_INFERENCE_MODEL_DIR": str(models),
        "BALLAST_INFERENCE_PORT": str(ports["inference"]),
        "BALLAST_INFERENCE_REMOTE": f"http://127.0.0.1:{ports['inference']}",
        "BALLAST_INFERENCE_REMOTE_OWN": "true",
        "BALLAST_SENTIMENT_MODEL": str(write_folder(tmp_path / "tone")),
        "BALLAST_SENTIMENT_PORT": str(ports["sentiment"]),
        "BALLAST_SENTIMENT_FINBERT_PORT": str(ports["finbert"]),
        "BALLAST_SENTIMENT_REMOTE": f"http://127.0.0.1:{ports['finbert']}",
    }
    with _running(tmp_path / "data", settings, ports) as running:
        yield running


async def test_each_part_does_its_work_in_a_process_of_its_own(parted: Parted) -> None:
    api = parted.programs["api"]
    until(lambda: _answers(api), within_s=WITHIN_S, told=api.tail)
    token = api.token()
    async with Context(url=api.url, token=token) as context:
        await _all_are_well(context)
        strategy = await _strategy(context)
        await _asked_by_the_api(context)
        await _asked_itself(parted, token=token)
        await _killed_and_started_again(parted, context)
        await _decided(context, strategy)


def _answers(api: Program) -> bool:
    try:
        reply = httpx.get(f"{api.url}/health/ready", trust_env=False, timeout=5)
    except httpx.HTTPError:
        return False
    return reply.status_code == httpx.codes.OK


async def _parts(context: Context) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = (await context.read("/api/status"))["components"]
    return found


async def _all_are_well(context: Context) -> None:
    """Every part is told of across processes, in the shape of all the others."""

    async def all_up() -> bool:
        parts = await _parts(context)
        return {name for name in TOLD if parts.get(name, {}).get("status") == "up"} == TOLD

    await until_true(all_up, within_s=WITHIN_S)


async def _strategy(context: Context) -> str:
    body = {
        "name": "by-patterns",
        "kind": "follow",
        "account_id": await context.open_account("patterns"),
        "symbols": ["AAPL", "IBM", "MSFT"],
        "sources": ["patterns"],
    }
    made = await context.done("POST", "/api/v1/strategies", body, key="make")
    place = f"/api/v1/strategies/{made['id']}"
    await context.done("PUT", place, {**body, "mode": "shadow"})
    await context.done("POST", f"{place}/start", None, key="start")
    return str(made["id"])


async def _decided(context: Context, strategy: str) -> None:
    """A signal of the process of patterns becomes a decision in that of strategies."""

    async def decided() -> list[dict[str, Any]]:
        return await context.all(f"/api/v1/strategies/{strategy}/decisions")

    decisions = await until_true(decided, within_s=WITHIN_S)
    signal = await context.read(f"/api/v1/signals/{decisions[0]['signal_id']}")
    assert signal["source"] == "patterns"


async def _run(context: Context) -> dict[str, Any]:
    reply = await context.once("POST", "/api/v1/inference/mlp", body=QUESTION)
    assert reply.status_code == httpx.codes.OK, reply.text
    answer = reply.json()
    found = answer["outputs"][0]["data"]
    assert found == pytest.approx(mlp(GIVEN)["y"].ravel().tolist(), abs=1e-5)
    told: dict[str, Any] = answer["parameters"]
    return told


async def _asked_by_the_api(context: Context) -> None:
    assert (await _run(context))["engine"] == "remote"
    shown = (await context.read("/api/v1/models/mlp"))["loaded"]
    assert (shown["engine"], shown["first_engine"]) == ("remote", "remote")
    scored = await context.done("POST", "/api/v1/sentiment/analyze", {"texts": [TEXT]})
    # The folder's name: the model of the other process, and no lexicon.
    assert [one["scorer"] for one in scored["items"]] == ["tone"]


async def _asked_itself(parted: Parted, *, token: str) -> None:
    """A part answers users by the same tokens and rights, and nothing but what is its own."""
    mine = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        place = parted.url("inference")
        assert (await http.get(f"{place}/v2/models/mlp", headers=mine)).status_code == 200
        assert (await http.get(f"{place}/v2/models/mlp")).status_code == 401
        forged = {"Authorization": "Bearer part.9999999999.nobody"}
        assert (await http.get(f"{place}/v2/models/mlp", headers=forged)).status_code == 401
        assert (await http.get(f"{place}/api/v1/orders", headers=mine)).status_code == 404
        # By the signing key that they share: to run models, and no more.
        own = load_settings(environment=parted.programs["api"].environment).settings
        drawn = build_part_tokens(own, build_system()).draw("inference")
        part = {"Authorization": f"Bearer {drawn}"}
        assert (await http.get(f"{place}/v2/models/mlp", headers=part)).status_code == 200
        unload = f"{place}/api/v1/models/mlp/unload"
        assert (await http.post(unload, headers=part)).status_code == 403
        place = parted.url("finbert")
        said = {"texts": [TEXT]}
        refused = await http.post(f"{place}/api/v1/sentiment/analyze", headers=part, json=said)
        assert refused.status_code == 401
        at_api = f"{parted.programs['api'].url}/v2/models/mlp"
        assert (await http.get(at_api, headers=part)).status_code == 401
        assert (await http.get(f"{place}/api/v1/sentiment/AAPL", headers=mine)).status_code == 404
        # That process has no model here: it asks the one that has it.
        place = parted.url("sentiment")
        scored = await http.post(f"{place}/api/v1/sentiment/analyze", headers=mine, json=said)
        assert [one["scorer"] for one in scored.json()["items"]] == ["tone"]


async def _killed_and_started_again(parted: Parted, context: Context) -> None:
    """Without the process of models the API runs them itself, and says so, until it is back."""
    victim = parted.programs["inference"].process
    victim.kill()
    await asyncio.to_thread(victim.wait)
    assert (await _run(context))["engine"] == "cpu"
    runner = (await _parts(context))["onnx_runner"]
    assert runner["status"] == "degraded"
    assert "inference.remote" in str(runner["details"])
    parted.start("inference")
    await asyncio.to_thread(parted.wait_for, "inference", "inference")

    async def remote_again() -> bool:
        return bool((await _run(context))["engine"] == "remote")

    await until_true(remote_again, within_s=WITHIN_S, every_s=1.0)
    await _all_are_well(context)
