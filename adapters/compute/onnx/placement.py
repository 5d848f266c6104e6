"""Say on which provider of ONNX Runtime each node of a model runs, where that one tells."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

_SUFFIX = "ExecutionProvider"


def nodes_of(session: Any) -> Mapping[str, int]:
    """Return how many nodes run on which provider, by our names; nothing where it is not told.

    Asks for what `session_of` had recorded (ONNX Runtime 1.24 and newer).
    """
    ask = getattr(session, "get_provider_graph_assignment_info", None)
    if ask is None:
        return {}
    counted: Counter[str] = Counter()
    for part in ask():
        counted[part.ep_name.removesuffix(_SUFFIX).lower()] += len(part.get_nodes())
    return dict(counted)


def why_elsewhere(nodes: Mapping[str, int], *, asked: str) -> str:
    """Return why a session is not what was asked for: none of its nodes is there, "" else.

    Some may be: ONNX Runtime works shapes out on the CPU, beside the GPU.
    """
    if not nodes or nodes.get(asked):
        return ""
    return f"none of its {sum(nodes.values())} nodes would run on {asked}: {shown(nodes)}"


def shown(nodes: Mapping[str, int]) -> str:
    """Return counts of nodes as text."""
    return ", ".join(f"{count} on {name}" for name, count in sorted(nodes.items()))
