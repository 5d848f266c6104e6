"""Make sessions of ONNX Runtime, the same to look at a model and to serve it."""

from collections.abc import Sequence
from typing import Any

CPU = "CPUExecutionProvider"


def session_of(content: bytes, *, threads: int = 1, providers: Sequence[str] = (CPU,)) -> Any:
    """Return a session on the CPU, or on other providers; raises what ONNX Runtime raises."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Shapes vary, and memory that was once taken for the largest is to be given back.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    # Cores are shared with the rest of the server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What ran elsewhere than asked is to be told, node by node.
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return onnxruntime.InferenceSession(content, options, providers=list(providers))


def said(problem: Exception) -> str:
    """Return what a library says, in one line of bounded length."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text[:300]
