"""Run functions on arrays as models, and keep models' files in memory."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.inference.batches import mixed_rows, why_single
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays, TensorSpec
from ports.inference import RUN_S_MAX, Examined, ModelRefused, RunFailed, RunOverdue

Function = Callable[[Arrays], Arrays]


class Endless(Exception):
    """Raised by a function that would never end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionModel:
    """A model that is a function: what it takes and gives, and what it takes of memory."""

    run: Function
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    memory_bytes: int = 1
    engine: str = "cpu"
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEngine:
    """Runs functions that are named by a file's content (ports Engine and Examiner).

    Functions run on the event loop: one that would not end raises Endless instead, and is ended
    after its time.
    """

    models: Mapping[bytes, FunctionModel]
    name: str = "cpu"

    async def examine(self, content: bytes) -> Examined:
        """Return what a function is; raises ModelRefused for a content that names none."""
        model = self.models.get(content)
        if model is None:
            raise ModelRefused("names no function")
        single = why_single(model.inputs, model.outputs)
        facts = ModelFacts(
            sha256=hashlib.sha256(content).hexdigest(),
            inputs=model.inputs,
            outputs=model.outputs,
            opset=0,
            size_bytes=len(content),
            memory_bytes=model.memory_bytes,
            engine=model.engine,
            single=single or mixed_rows(model.inputs, model.run),
            metadata=model.metadata,
        )
        return Examined(facts=facts, content=content)

    async def open(self, content: bytes, facts: ModelFacts) -> "FunctionSession":
        """Make ready; raises ModelRefused."""
        if content not in self.models:
            raise ModelRefused("names no function")
        return FunctionSession(run_now=self.models[content].run)


@dataclass(slots=True, kw_only=True)
class FunctionSession:
    """One function."""

    run_now: Function
    closed: bool = False

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs; raises RunFailed, RunOverdue."""
        # Others get a turn, as they do while a real engine works.
        await asyncio.sleep(0)
        if self.closed:
            raise RunFailed("the model was unloaded")
        try:
            return self.run_now(inputs)
        except Endless:
            await asyncio.sleep(timeout_s)
            raise RunOverdue(f"the run took more than {timeout_s:g} s") from None
        except Exception as problem:  # noqa: BLE001 - whatever the function raises
            raise RunFailed(f"{type(problem).__name__}: {problem}") from None

    async def close(self) -> None:
        """Let go."""
        self.closed = True


@dataclass(slots=True, kw_only=True)
class MemoryModelFiles:
    """Models' files (port ModelFiles); a ModelRefused in a file's place is raised."""

    files: dict[ModelKey, bytes | ModelRefused] = field(default_factory=dict)

    async def list(self) -> Sequence[ModelKey]:
        """Return what lies there."""
        return sorted(self.files)

    async def read(self, key: ModelKey) -> bytes | None:
        """Return a file; raises ModelRefused."""
        found = self.files.get(key)
        if isinstance(found, ModelRefused):
            raise found
        return found

    async def add(self, contents: Mapping[ModelKey, bytes]) -> None:
        """Keep versions that are not there yet: all, or none; raises ModelRefused."""
        for key in contents:
            if key in self.files:
                raise ModelRefused(f"{key} is there already")
        self.files.update(contents)
