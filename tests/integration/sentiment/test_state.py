"""Whether texts can be scored is told on the health board, and nothing steps in unasked."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.system.supervisor import Supervisor
from adapters.telemetry.health import HealthBoard
from application.sentiment.score_texts import CannotScore, ScoreTexts
from bootstrap.areas.sentiment import AREA, ENGINE, MODEL
from bootstrap.processes.roles import Plan
from bootstrap.sentiment.scorers import scorer_of
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system
from ports.health import Component, ComponentState
from ports.time import Clock
from tests.integration.sentiment.bert import write_folder

SYSTEM = build_system()


class Told(HealthBoard):
    """A board that says when it was told something."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.news = asyncio.Event()

    def set(
        self, name: str, state: ComponentState, *, detail: str = "", version: str | None = None
    ) -> None:
        super().set(name, state, detail=detail, version=version)
        self.news.set()


async def told(
    folder: Path | None, until: Callable[[dict[str, Component]], bool]
) -> tuple[ScoreTexts, dict[str, Component]]:
    """Run what tells of the scorer until the board says so; return both."""
    own = Settings()
    settings = replace(own, sentiment=replace(own.sentiment, model=folder))
    score = ScoreTexts(scorer=scorer_of(settings, system=SYSTEM), clock=SYSTEM.clock)
    board = Told(clock=SYSTEM.clock)
    supervisor = Supervisor(health=board, on_restart=lambda _: None)
    parts: Any = SimpleNamespace(
        of=lambda _: SimpleNamespace(score=score), health=board, plan=Plan()
    )
    for task in AREA.tasks:
        if task.name in (ENGINE, MODEL) and (run := task.run(parts)) is not None:
            supervisor.start(task.name, run, required=task.required)
    try:
        async with asyncio.timeout(120):
            while not until(found := {one.name: one for one in board.components()}):
                await board.news.wait()
                board.news.clear()
    finally:
        await supervisor.stop(timeout_s=10)
    return score, found


async def test_the_lexicon_needs_nothing_and_names_no_model() -> None:
    _, found = await told(None, lambda seen: seen[ENGINE].state is ComponentState.UP)
    assert set(found) == {ENGINE}


async def test_a_model_that_serves_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "finance")
    score, found = await told(folder, lambda seen: all(one.detail for one in seen.values()))
    assert {one.state for one in found.values()} == {ComponentState.UP}
    assert {one.detail for one in found.values()} == {"scores by finance"}
    assert score.scorer.name == "finance"
    assert len(await score.of(["Profit rose."])) == 1


async def test_one_that_cannot_be_loaded_is_degraded_and_no_lexicon_scores(
    tmp_path: Path,
) -> None:
    folder = write_folder(tmp_path / "finance", content=b"no graph")
    score, found = await told(folder, lambda seen: all(one.detail for one in seen.values()))
    assert set(found) == {ENGINE, MODEL}
    for one in found.values():
        assert (one.state, one.required) == (ComponentState.DEGRADED, False)
        assert "is no ONNX file" in one.detail
    with pytest.raises(CannotScore, match="is no ONNX file"):
        await score.of(["Profit rose."])
