"""Add a model from a hub to the operator's folder."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from adapters.compute.hub import HubFile, HubModel, hub_model
from adapters.system.model_files import SUFFIX, read_file
from application.inference.add_models import AddedModel
from bootstrap.inference.engines import budget_bytes
from bootstrap.inference.hub import build_hub
from bootstrap.inference.local import build_adding
from bootstrap.settings.sections import Settings
from domain.inference.model import ModelKey, checked_name
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused


async def add_from_hub(
    settings: Settings, text: str, *, name: str | None, version: str | None, file: str | None
) -> Sequence[AddedModel]:
    """Add one ONNX file of OWNER/NAME@COMMIT, under the repository's name unless another is given.

    file is needed where the repository holds several. Raises InvalidValue, ModelRefused,
    HubUnavailable, EngineMissing.
    """
    model = hub_model(text)
    adding, hub = build_adding(settings.inference), build_hub(settings)
    called = checked_name(name or model.name, field="--name")
    key = ModelKey(called, version or await adding.following(called))
    chosen = _chosen(await asyncio.to_thread(hub.files, model), model=model, file=file)
    with tempfile.TemporaryDirectory() as place:
        [fetched] = await asyncio.to_thread(hub.fetch, model, [chosen], into=Path(place))
        content = read_file(fetched.path, bytes_max=budget_bytes(settings.inference))
    return await adding.add({key: content})


def _chosen(files: Sequence[HubFile], *, model: HubModel, file: str | None) -> HubFile:
    graphs = {one.name: one for one in files if one.name.endswith(SUFFIX)}
    listed = ", ".join(sorted(graphs))
    if not graphs:
        raise ModelRefused(f"{model} has no {SUFFIX} file: take a repository that carries one")
    if file is not None and file not in graphs:
        raise InvalidValue(field="--file", problem=f"is not there: {model} has {listed}")
    if file is None and len(graphs) > 1:
        raise InvalidValue(field="--file", problem=f"must say which: {model} has {listed}")
    return graphs[file] if file is not None else next(iter(graphs.values()))
