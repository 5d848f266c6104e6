"""Give ONNX's runtimes arrays and lists of arrays, and take what they give back."""

from collections.abc import Sequence
from typing import Any

from domain.inference.tensors import Arrays, TensorSequence
from domain.shared.values import InvalidValue
from ports.inference import RunFailed


def feeds(inputs: Arrays) -> dict[str, Any]:
    """Return inputs as the runtimes take them: a sequence is a list."""
    return {
        name: list(one) if isinstance(one, TensorSequence) else one for name, one in inputs.items()
    }


def results(names: Sequence[str], found: Sequence[Any]) -> Arrays:
    """Return outputs by name; raises RunFailed for what is no tensor and no list of such."""
    try:
        return {
            name: TensorSequence.of(one) if isinstance(one, list) else one
            for name, one in zip(names, found, strict=True)
        }
    except (InvalidValue, AttributeError) as problem:
        raise RunFailed(f"gave what is no sequence of tensors: {problem}") from None
