"""Examine models in a child process (port Examiner)."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

from adapters.compute.onnx.frames import NoFrame
from adapters.compute.onnx.process import MEBIBYTE, ModelProcess, check_installed
from domain.inference.model import ModelFacts
from domain.inference.tensors import ElementSpec, TensorSpec
from ports.inference import Examined, ModelRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxExaminer:
    """Looks at each file in a process of its own, which is killed when it is overdue.

    memory_bytes: what loading and trying a model may take there. within_s is how long the look
    may take, tried_s how long the trial runs behind it may.
    """

    memory_bytes: int = 1_024 * MEBIBYTE
    within_s: float = 60.0
    tried_s: float = 20.0

    async def examine(self, content: bytes) -> Examined:
        """Return what the file is; raises ModelRefused, EngineMissing."""
        check_installed()
        if len(content) > self.memory_bytes:
            raise ModelRefused(f"has more than {self.memory_bytes // MEBIBYTE} MiB")
        process = await ModelProcess.start("examine", memory_bytes=self.memory_bytes)
        try:
            found = await self._looked(process, content)
            single = await self._tried(process)
        finally:
            await process.kill()
        return Examined(
            facts=_facts(found["facts"], single=single, file=content), content=found["content"]
        )

    async def _looked(self, process: ModelProcess, content: bytes) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.within_s):
                found = await process.ask({"content": content})
        except TimeoutError:
            raise ModelRefused(f"takes more than {self.within_s:g} s to load") from None
        except NoFrame:
            raise ModelRefused("ended the process that looked at it") from None
        if "refused" in found:
            raise ModelRefused(found["refused"])
        return found

    async def _tried(self, process: ModelProcess) -> str:
        try:
            async with asyncio.timeout(self.tried_s):
                found = await process.next()
        except TimeoutError:
            return "a trial run did not end"
        except NoFrame:
            raise ModelRefused("ended the process in which it was tried out") from None
        if "refused" in found:
            raise ModelRefused(found["refused"])
        return str(found["single"])


def _facts(told: dict[str, Any], *, single: str, file: bytes) -> ModelFacts:
    return ModelFacts(
        sha256=hashlib.sha256(file).hexdigest(),
        inputs=_specs(told["inputs"]),
        outputs=_specs(told["outputs"]),
        opset=told["opset"],
        size_bytes=len(file),
        memory_bytes=told["memory_bytes"],
        engine=told["engine"],
        single=single,
        converted_from=told["converted_from"],
        without=told["without"],
        metadata=tuple((key, value) for key, value in told["metadata"]),
    )


def _specs(told: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(
            one["name"],
            one["datatype"],
            tuple(one["shape"]),
            None if one["element"] is None else _element(one["element"]),
        )
        for one in told
    )


def _element(told: dict[str, Any]) -> ElementSpec:
    shape = told["shape"]
    return ElementSpec(told["datatype"], None if shape is None else tuple(shape))
