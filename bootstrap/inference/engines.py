"""Build what looks at models and runs them, for the server and for commands without one."""

from collections.abc import Sequence

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import ReferenceEngine
from adapters.compute.remote.server import RemoteServer
from adapters.gpu.tensorrt.engine import TensorRtEngine
from adapters.security.part_tokens import PartTokens
from adapters.system.model_files import ModelFolder
from bootstrap.settings.inference import InferenceSettings
from domain.shared.breaker import Breaker
from ports.inference import Engine
from ports.time import Clock

_MEBIBYTE = 2**20


def budget_bytes(own: InferenceSettings) -> int:
    """Return what models may take together, and so what one may."""
    return own.memory_mib * _MEBIBYTE


def build_folder(own: InferenceSettings) -> ModelFolder | None:
    """Return the operator's models, None where there is no folder."""
    if own.model_dir is None:
        return None
    return ModelFolder(folder=own.model_dir.absolute(), bytes_max=budget_bytes(own))


def build_examiner(own: InferenceSettings) -> OnnxExaminer:
    """Return what looks at files."""
    return OnnxExaminer(memory_bytes=budget_bytes(own))


def build_accelerators(tensorrt: TensorRtEngine) -> Sequence[Engine]:
    """Return what is asked before the host's engines; each says itself that it is not there."""
    return (tensorrt, OnnxCudaEngine())


def build_remote(
    own: InferenceSettings, *, tokens: PartTokens, clock: Clock
) -> RemoteServer | None:
    """Return the server that runs models in place of this process, None where none is set."""
    if own.remote is None:
        return None
    return RemoteServer(
        url=own.remote,
        # Nobody but a part of ours sees a token of ours: whoever has it may run models here.
        token=lambda: tokens.draw("inference") if own.remote_own else own.remote_token,
        ca=own.remote_ca,
        clock=clock,
        breaker=Breaker(),
    )


def build_engines(own: InferenceSettings) -> Sequence[Engine]:
    """Return the engines of the host in the order in which they are asked."""
    return (
        OnnxCpuEngine(threads=own.threads),
        ReferenceEngine(memory_bytes=budget_bytes(own)),
    )
