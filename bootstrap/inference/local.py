"""Add and check models without a server."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from adapters.compute.onnx.forecasts import forecast_model
from adapters.compute.onnx.recorded import recorded_sets
from adapters.system.model_files import FILE, SUFFIX, ModelFolder, read_file
from application.inference.add_models import AddedModel, AddModels
from application.inference.check_model import CheckedRun, CheckModel, RecordedRun
from bootstrap.inference.engines import (
    budget_bytes,
    build_engines,
    build_examiner,
    build_folder,
)
from bootstrap.settings.inference import InferenceSettings
from domain.inference.model import ModelFacts, ModelKey, checked_name
from domain.inference.training import TrainedForecast
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused


async def add_models(
    own: InferenceSettings, source: Path, *, name: str | None, version: str | None
) -> Sequence[AddedModel]:
    """Add a file, a folder with model.onnx, or a folder of models: all of it or nothing.

    Raises ModelRefused, EngineMissing, InvalidValue.
    """
    adding = build_adding(own)
    size = budget_bytes(own)
    single, called = _single(source)
    if single is not None:
        called = checked_name(name or called)
        key = ModelKey(called, version or await adding.following(called))
        return await adding.add({key: read_file(single, bytes_max=size)})
    if name is not None or version is not None:
        problem = f"are for one model: {source} is neither a file nor has it a {FILE}"
        raise InvalidValue(field="--name and --version", problem=problem)
    there = _folder(source, bytes_max=size)
    keys = await there.list()
    if not keys:
        problem = f"must be NAME{SUFFIX}, or hold {FILE}, NAME{SUFFIX} or NAME/VERSION/{FILE}"
        raise InvalidValue(field=str(source), problem=problem)
    contents = {}
    for key in keys:
        content = await there.read(key)
        if content is None:
            raise ModelRefused(f"{key}: is gone")
        contents[key] = content
    return await adding.add(contents)


async def add_trained(
    own: InferenceSettings, trained: TrainedForecast, *, name: str, version: str | None
) -> AddedModel:
    """Add a forecast that was trained, as any model is; raises as add_models does."""
    adding = build_adding(own)
    key = ModelKey(name, version or await adding.following(name))
    [added] = await adding.add({key: forecast_model(trained)})
    return added


def build_adding(own: InferenceSettings) -> AddModels:
    """Return what adds to the folder; raises InvalidValue where there is none."""
    files = build_folder(own)
    if files is None:
        raise InvalidValue(field="inference.model_dir", problem="must be set: no model has a place")
    return AddModels(files=files, examiner=build_examiner(own))


def _single(source: Path) -> tuple[Path | None, str]:
    """Return the file of a source that is one model, and what it is called there."""
    if source.is_file():
        return source, source.stem
    file = source / FILE
    return (file if file.is_file() else None), source.resolve().name


def _folder(source: Path, *, bytes_max: int) -> ModelFolder:
    return ModelFolder(folder=source.absolute(), bytes_max=bytes_max)


async def check_model(
    own: InferenceSettings, folder: Path, *, model: Path, tolerances: Mapping[str, float]
) -> Sequence[CheckedRun]:
    """Run a model on the recorded sets of a folder.

    Raises ModelRefused, EngineMissing, InvalidValue, RunFailed, RunOverdue.
    """

    def recorded(facts: ModelFacts) -> Iterator[RecordedRun]:
        for name, inputs, outputs in recorded_sets(
            folder, inputs=facts.inputs, outputs=facts.outputs
        ):
            yield RecordedRun(name=name, inputs=inputs, outputs=outputs)

    checking = CheckModel(examiner=build_examiner(own), engines=build_engines(own))
    content = read_file(model, bytes_max=budget_bytes(own))
    return await checking.check(ModelKey("checked"), content, recorded, tolerances=tolerances)
