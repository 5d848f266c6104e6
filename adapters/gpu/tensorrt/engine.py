"""Run models by TensorRT on an NVIDIA GPU (port Engine).

A CUDA error may stick to its process, and an engine's file is code: nothing of either is in the
server. What is here says what is to be built and for which shapes, and keeps what was built.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.gpu.tensorrt.lacking import tensorrt_lacks
from adapters.gpu.tensorrt.plans import TIMING, BuiltFor, KeyCorrupt, PlanStore
from adapters.gpu.tensorrt.profiles import Profile, profile_of, why_unsupported
from adapters.gpu.tensorrt.worker import BUILD, PROBE
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from ports.inference import RUN_S_MAX, EngineMissing, ModelRefused, ModelSession, RunFailed

TENSORRT = "tensorrt"
# As the model says, and matrices of single precision by TF32, TensorRT's default.
PRECISION = "as the model, TF32"
WORKSPACE_BYTES = 2**30
_PROBE_S = 60.0


class Workers(Protocol):
    """What starts processes for TensorRT."""

    async def ask(self, task: str, asked: Mapping[str, Any], *, within_s: float) -> dict[str, Any]:
        """Return what a process of its own answers, which ends then; raises RunFailed."""
        ...

    async def session(self, opening: Mapping[str, Any]) -> ModelSession:
        """Return an engine in a process of its own, ready; raises RunFailed."""
        ...


@dataclass(slots=True, kw_only=True)
class TensorRtEngine:
    """Builds an engine of each model once, and runs it in a process of its own.

    build_s: how long building may take. lacks says what is not installed here.
    """

    workers: Workers
    plans: PlanStore
    build_s: float = 600.0
    workspace_bytes: int = WORKSPACE_BYTES
    lacks: Callable[[], str] = tensorrt_lacks
    name: str = TENSORRT
    _here: dict[str, Any] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def here(self) -> Mapping[str, Any]:
        """Return the GPU and TensorRT of this machine; raises EngineMissing with what lacks."""
        if why := self.lacks():
            raise EngineMissing(why)
        if self._here is None:
            try:
                found = await self.workers.ask(PROBE, {}, within_s=_PROBE_S)
            except RunFailed as problem:
                raise EngineMissing(f"no usable GPU: {problem}") from None
            if "refused" in found:
                raise EngineMissing(found["refused"])
            self._here = found
        return self._here

    async def open(self, content: bytes, facts: ModelFacts) -> "TensorRtSession":
        """Build the engine unless it was; raises ModelRefused, EngineMissing."""
        here = await self.here()
        if why := why_unsupported(facts):
            raise ModelRefused(why)
        profile = profile_of(facts.inputs)
        built_for = BuiltFor(
            model_sha256=hashlib.sha256(content).hexdigest(),
            tensorrt=here["tensorrt"],
            compute_capability=here["compute_capability"],
            device=here["device"],
            driver=here["driver"],
            profile=profile.label,
            precision=PRECISION,
        )
        try:
            # One at a time: kernels are timed, and two builds would time each other.
            async with self._turn:
                plan = await asyncio.to_thread(self.plans.read, built_for)
                if plan is None:
                    plan = await self._built(content, built_for, profile)
            session = await self.workers.session({"plan": plan})
        except KeyCorrupt as problem:
            raise ModelRefused(str(problem)) from None
        except RunFailed as problem:
            # It may be the engine that is to blame: it is built anew the next time.
            self.plans.forget(built_for)
            raise ModelRefused(str(problem)) from None
        except OSError as problem:
            raise ModelRefused(f"its engine cannot be kept: {problem.strerror}") from None
        return TensorRtSession(session, profile=profile)

    async def _built(self, content: bytes, built_for: BuiltFor, profile: Profile) -> bytes:
        timed_for = _timings_of(built_for)
        timing = await asyncio.to_thread(self.plans.read, timed_for, kind=TIMING)
        asked = {
            "content": content,
            "dynamic": {
                name: {
                    "least": list(one.least),
                    "usual": list(one.usual),
                    "most": list(one.most),
                }
                for name, one in profile.dynamic.items()
            },
            "timing": timing or b"",
            "workspace_bytes": self.workspace_bytes,
        }
        found = await self.workers.ask(BUILD, asked, within_s=self.build_s)
        if "refused" in found:
            raise ModelRefused(found["refused"])
        plan: bytes = found["plan"]
        await asyncio.to_thread(self.plans.write, built_for, plan)
        await asyncio.to_thread(self.plans.write, timed_for, found["timing"], kind=TIMING)
        return plan


class TensorRtSession:
    """One model; what is outside the shapes that it is ready for goes on to another engine."""

    def __init__(self, session: ModelSession, *, profile: Profile) -> None:
        self._session = session
        self._profile = profile

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs; raises RunFailed, and RunOverdue once its process is killed."""
        if why := self._profile.why_outside(inputs):
            raise RunFailed(why)
        return await self._session.run(inputs, timeout_s=timeout_s)

    async def close(self) -> None:
        """End its process."""
        await self._session.close()


def _timings_of(built_for: BuiltFor) -> BuiltFor:
    """Return what timings of kernels are for: this GPU, whatever the model."""
    return BuiltFor(
        model_sha256="",
        tensorrt=built_for.tensorrt,
        compute_capability=built_for.compute_capability,
        device=built_for.device,
        driver=built_for.driver,
        profile="",
        precision=built_for.precision,
    )
