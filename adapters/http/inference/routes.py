"""Route what is asked of models: which there are, loading them, running them."""

from datetime import date

import msgspec
from litestar import get, post
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.inference.asking import EXAMPLE, InferBody, InferView, infer
from adapters.http.inference.predictions import prediction_routes
from adapters.http.reading import decoder_of
from adapters.http.wire import Answer, HttpRequest, answer, asker_of, body_of, decode, moment
from application.inference.keep_predictions import KeepPredictions
from application.inference.mark_answer import expiry_of
from application.inference.serve_models import ServeModels
from application.inference.served import FoundModel
from application.inference.steer_models import SteerModels
from domain.identity.access import Permission
from domain.inference.tensors import TensorSpec
from ports.market import MarketClock

PATH = "/api/v1/models"
RUN = "/api/v1/inference"


class ElementView(msgspec.Struct):
    """What the tensors of a sequence are; shape is null where any will do."""

    datatype: str
    shape: list[int] | None


class SpecView(msgspec.Struct, omit_defaults=True):
    """An input or output; -1 is an axis of any length. element: what a SEQUENCE is made of."""

    name: str
    datatype: str
    shape: list[int]
    element: ElementView | None = None


class LoadedView(msgspec.Struct):
    """A model as it is served. engine ran it last; single: why rows are not put together.

    nodes: how many of its nodes run where, nothing where the engine does not tell.
    expires_at is the last day on which its forecasts may be believed, where it names one.
    """

    version: str
    engine: str
    first_engine: str
    without: str
    sha256: str
    opset: int
    converted_from: int | None
    inputs: list[SpecView]
    outputs: list[SpecView]
    loaded_at: str
    pinned: bool
    memory_bytes: int
    size_bytes: int
    single: str
    requests: int
    rows: int
    batches: int
    batch_mean: float
    waiting: int
    failed: int
    fell_back: int
    latency_ms: float
    metadata: dict[str, str]
    nodes: dict[str, int]
    expires_at: str | None
    expired: bool


class ModelView(msgspec.Struct):
    """A model: the versions that lie there, what is served of it, and what went wrong last."""

    name: str
    versions: list[str]
    loaded: LoadedView | None
    problem: str


class ModelList(msgspec.Struct):
    """Every model, by name."""

    items: list[ModelView]


class LoadBody(msgspec.Struct, forbid_unknown_fields=True):
    """The version to serve, the newest without one; pinned ones stay in memory."""

    version: str | None = None
    pinned: bool | None = None


_LOAD = decoder_of(LoadBody)


def spec_view(one: TensorSpec) -> SpecView:
    """Show an input or output."""
    element = None
    if one.element is not None:
        shape = one.element.shape
        shown = None if shape is None else [-1 if axis is None else axis for axis in shape]
        element = ElementView(one.element.datatype, shown)
    return SpecView(one.name, one.datatype, one.shown_shape, element)


def model_view(found: FoundModel, *, today: date) -> ModelView:
    """Show a model as of a day."""
    return ModelView(found.name, list(found.versions), _loaded(found, today), found.problem)


def _loaded(found: FoundModel, today: date) -> LoadedView | None:
    one = found.served
    if one is None:
        return None
    facts, did = one.facts, one.figures
    expires = expiry_of(facts)
    return LoadedView(
        version=one.key.version,
        engine=one.engine,
        first_engine=one.first,
        without=one.without,
        sha256=facts.sha256,
        opset=facts.opset,
        converted_from=facts.converted_from,
        inputs=[spec_view(each) for each in facts.inputs],
        outputs=[spec_view(each) for each in facts.outputs],
        loaded_at=moment(one.loaded_at),
        pinned=one.pinned,
        memory_bytes=facts.memory_bytes,
        size_bytes=facts.size_bytes,
        single=facts.single,
        requests=did.requests,
        rows=did.rows,
        batches=did.batches,
        batch_mean=round(did.batch_mean, 2),
        waiting=did.waiting,
        failed=did.failed,
        fell_back=did.fell_back,
        latency_ms=round(did.latency_ms, 3),
        metadata=dict(facts.metadata),
        nodes=dict(one.nodes),
        expires_at=None if expires is None else str(expires),
        expired=expires is not None and today > expires,
    )


def model_routes(
    models: ServeModels, steer: SteerModels, predictions: KeepPredictions, *, clock: MarketClock
) -> AreaRoutes:
    """Return the routes under /api/v1/models."""

    @get(
        "/",
        **described(
            "List the models, and what really runs each",
            permission=Permission.MODELS_READ,
            answers={200: ModelList},
        ),
    )
    async def list_models() -> Answer:
        return answer(
            ModelList([model_view(one, today=clock.now().date()) for one in await models.list()])
        )

    @get(
        "/{name:str}",
        **described(
            "Show a model",
            permission=Permission.MODELS_READ,
            answers={200: ModelView},
            problems=(404,),
        ),
    )
    async def show(name: FromPath[str]) -> Answer:
        return answer(model_view(await models.get(name), today=clock.now().date()))

    # What is loaded already may be loaded again, and is: these need no Idempotency-Key.
    @post(
        "/{name:str}/load",
        **described(
            "Serve a version of a model; the one before answers until it is ready",
            permission=Permission.MODELS_OPERATE,
            body=LoadBody,
            body_required=False,
            answers={200: ModelView},
            problems=(404, 409),
            example={"version": "2", "pinned": False},
        ),
    )
    async def load(request: HttpRequest, name: FromPath[str]) -> Answer:
        body = await body_of(request, typed=False)
        said = decode(body, decoder=_LOAD) if body else LoadBody()
        await steer.load(name, version=said.version, pinned=said.pinned, by=asker_of(request))
        return answer(model_view(await models.get(name), today=clock.now().date()))

    @post(
        "/{name:str}/unload",
        **described(
            "Serve a model no longer, once who waits is answered",
            permission=Permission.MODELS_OPERATE,
            answers={200: ModelView},
            problems=(400, 404, 409),
        ),
    )
    async def unload(request: HttpRequest, name: FromPath[str]) -> Answer:
        await steer.unload(name, by=asker_of(request))
        return answer(model_view(await models.get(name), today=clock.now().date()))

    handlers = [list_models, show, load, unload, *prediction_routes(predictions, models)]
    return AreaRoutes(path=PATH, tags=["models"], route_handlers=handlers)


def inference_routes(models: ServeModels, *, clock: MarketClock) -> AreaRoutes:
    """Return the route under /api/v1/inference."""

    @post(
        "/{name:str}",
        **described(
            "Run a model",
            permission=Permission.MODELS_RUN,
            body=InferBody,
            answers={200: InferView},
            problems=(404, 409),
            example=EXAMPLE,
            busy=True,
        ),
    )
    async def run(request: HttpRequest, name: FromPath[str]) -> Answer:
        return await infer(request, models, name=name, version=None, clock=clock)

    return AreaRoutes(path=RUN, tags=["models"], route_handlers=[run])
