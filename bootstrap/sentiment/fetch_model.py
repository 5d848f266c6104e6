"""Fetch a model of tone from a hub into a folder, as it can be served."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.compute.hub import FetchedFile, HubModel, ModelHub, hub_model
from adapters.compute.text_model.at_hub import text_model_files
from application.sentiment.model_scorer import ModelScorer
from bootstrap.areas.sentiment import scorer_of
from bootstrap.inference.hub import build_hub
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system
from domain.shared.values import InvalidValue
from ports.sentiment import TextModelRefused


def fetch_text_model(settings: Settings, text: str, *, folder: Path) -> Sequence[FetchedFile]:
    """Fetch OWNER/NAME@COMMIT into a folder that is not there yet: a model that scores, or nothing.

    Raises InvalidValue, ModelRefused, TextModelRefused, ScorerUnavailable, HubUnavailable,
    EngineMissing, OSError.
    """
    model = hub_model(text)
    hub = build_hub(settings)
    folder = folder.absolute()
    if folder.is_symlink() or folder.exists():
        raise InvalidValue(field="folder", problem=f"must not be there yet: {folder}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that it comes to its name in one step, whole.
    place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fetched = _fetch(hub, model, place)
        asyncio.run(_score_once(settings, place))
        place.chmod(0o755)
        os.rename(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return [replace(one, path=folder / one.name) for one in fetched]


def _fetch(hub: ModelHub, model: HubModel, place: Path) -> Sequence[FetchedFile]:
    try:
        files = text_model_files(hub.files(model))
    except TextModelRefused as problem:
        raise TextModelRefused(f"{model} {problem}") from None
    return hub.fetch(model, files, into=place)


async def _score_once(settings: Settings, place: Path) -> None:
    own = replace(settings, sentiment=replace(settings.sentiment, model=place))
    scorer = scorer_of(own, system=build_system())
    if not isinstance(scorer, ModelScorer):
        raise TypeError("a folder is scored by its model")
    try:
        await scorer.load()
    finally:
        await scorer.stop()
