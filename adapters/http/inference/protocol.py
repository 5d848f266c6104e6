"""Route the Open Inference Protocol (v2), which Triton, KServe and their clients speak."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.inference.asking import EXAMPLE, InferBody, InferView, infer
from adapters.http.inference.routes import SpecView, spec_view
from adapters.http.problems import absent
from adapters.http.wire import Answer, HttpRequest, answer
from application.inference.refusals import CannotServe
from application.inference.serve_models import ServeModels
from domain.identity.access import Permission
from domain.inference.model import ServedModel
from ports.market import MarketClock

PATH = "/v2"


class ServerMetadata(msgspec.Struct):
    """Who serves, and which extensions of the protocol are spoken."""

    name: str
    version: str
    extensions: Sequence[str] = ("binary_tensor_data",)


class ServerState(msgspec.Struct, omit_defaults=True):
    """Whether the server lives and takes requests."""

    live: bool | None = None
    ready: bool | None = None


class ModelMetadata(msgspec.Struct):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[SpecView]
    outputs: list[SpecView]


class ModelState(msgspec.Struct):
    """Whether a model takes requests."""

    name: str
    ready: bool


def protocol_routes(models: ServeModels, *, version: str, clock: MarketClock) -> AreaRoutes:
    """Return the routes under /v2."""
    handlers = [*_server_routes(version), *_model_routes(models), *_run_routes(models, clock)]
    return AreaRoutes(path=PATH, tags=["inference protocol"], route_handlers=handlers)


def _model_routes(models: ServeModels) -> list[HTTPRouteHandler]:
    about: dict[str, Any] = {"permission": Permission.MODELS_READ, "problems": (404,)}

    async def served(name: str, wanted: str | None) -> ServedModel:
        found = (await models.get(name)).served
        if found is None or wanted not in (None, found.key.version):
            raise absent(f"{name} is not served{f' in version {wanted}' if wanted else ''}")
        return found

    async def metadata_of(name: str, wanted: str | None) -> Answer:
        one = await served(name, wanted)
        shown = ModelMetadata(
            name=name,
            versions=[one.key.version],
            platform=f"onnx_{one.engine}",
            inputs=[spec_view(each) for each in one.facts.inputs],
            outputs=[spec_view(each) for each in one.facts.outputs],
        )
        return answer(shown)

    @get("/models/{name:str}", **described("Show a model", answers={200: ModelMetadata}, **about))
    async def metadata(name: FromPath[str]) -> Answer:
        return await metadata_of(name, None)

    @get(
        "/models/{name:str}/versions/{version:str}",
        **described("Show a version of a model", answers={200: ModelMetadata}, **about),
    )
    async def version_metadata(name: FromPath[str], version: FromPath[str]) -> Answer:
        return await metadata_of(name, version)

    @get(
        "/models/{name:str}/ready",
        **described("Tell whether a model is served", answers={200: ModelState}, **about),
    )
    async def model_ready(name: FromPath[str]) -> Answer:
        await served(name, None)
        return answer(ModelState(name, ready=True))

    @get(
        "/models/{name:str}/versions/{version:str}/ready",
        **described("Tell whether that version is served", answers={200: ModelState}, **about),
    )
    async def version_ready(name: FromPath[str], version: FromPath[str]) -> Answer:
        await served(name, version)
        return answer(ModelState(name, ready=True))

    return [metadata, version_metadata, model_ready, version_ready]


def _run_routes(models: ServeModels, clock: MarketClock) -> list[HTTPRouteHandler]:
    ask: dict[str, Any] = {
        "permission": Permission.MODELS_RUN,
        "body": InferBody,
        "answers": {200: InferView},
        "problems": (404, 409),
        "example": EXAMPLE,
    }

    @post("/models/{name:str}/infer", **described("Run a model", **ask))
    async def run(request: HttpRequest, name: FromPath[str]) -> Answer:
        return await infer(request, models, name=name, version=None, clock=clock)

    @post(
        "/models/{name:str}/versions/{version:str}/infer",
        **described("Run that version of a model", **ask),
    )
    async def run_version(
        request: HttpRequest, name: FromPath[str], version: FromPath[str]
    ) -> Answer:
        try:
            return await infer(request, models, name=name, version=version, clock=clock)
        except CannotServe as problem:
            raise absent(str(problem)) from None

    return [run, run_version]


def _server_routes(version: str) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "Show the server, as the protocol does",
            permission=Permission.MODELS_READ,
            answers={200: ServerMetadata},
        ),
    )
    async def server() -> Answer:
        return answer(ServerMetadata("ballast", version))

    @get(
        "/health/live",
        **described(
            "Tell that the server lives",
            permission=Permission.MODELS_READ,
            answers={200: ServerState},
        ),
    )
    async def live() -> Answer:
        return answer(ServerState(live=True))

    @get(
        "/health/ready",
        **described(
            "Tell that the server takes requests",
            permission=Permission.MODELS_READ,
            answers={200: ServerState},
        ),
    )
    async def server_ready() -> Answer:
        return answer(ServerState(ready=True))

    return [server, live, server_ready]
