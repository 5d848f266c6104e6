"""Run models by ONNX Runtime on an NVIDIA GPU, where there is one and the package knows of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from adapters.compute.onnx.cpu import OnnxSession
from adapters.compute.onnx.placement import nodes_of, why_elsewhere
from adapters.compute.onnx.process import check_installed
from adapters.compute.onnx.session import CPU, said, session_of
from domain.inference.model import ModelFacts
from ports.inference import EngineMissing, ModelRefused

CUDA = "CUDAExecutionProvider"
# Runs of one GPU wait for each other anyway.
_THREADS = 2


class OnnxCudaEngine:
    """Runs models on the GPU (port Engine), and never on the CPU unnoticed."""

    name = "cuda"

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="onnx-cuda")

    async def open(self, content: bytes, facts: ModelFacts) -> OnnxSession:
        """Make a session; raises ModelRefused, EngineMissing."""
        check_installed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._opened, content, facts)

    def _opened(self, content: bytes, facts: ModelFacts) -> OnnxSession:
        import onnxruntime

        if CUDA not in onnxruntime.get_available_providers():
            raise EngineMissing(
                "this onnxruntime is built without CUDA: pip install 'ballast[gpu]' in place of"
                " 'ballast[cpu]'"
            )
        onnxruntime.preload_dlls()
        try:
            session = session_of(content, providers=(CUDA, CPU))
        except Exception as problem:  # noqa: BLE001 - ONNX Runtime raises kinds of its own
            raise ModelRefused(said(problem)) from None
        # Without a driver, a device or its libraries it goes on with the CPU by itself.
        if (found := session.get_providers())[0] != CUDA:
            raise ModelRefused(f"no usable GPU: it would run on {', '.join(found)}")
        # The provider may be there and take no node at all.
        if why := why_elsewhere(nodes_of(session), asked=self.name):
            raise ModelRefused(why)
        return OnnxSession(session, self._pool, outputs=[one.name for one in facts.outputs])
