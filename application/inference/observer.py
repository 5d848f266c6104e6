"""Say what becomes of models while they are served, to whoever counts and watches."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.inference.model import ModelKey, ServedModel


def _nobody(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelObserver:
    """Who is told of what; none of them may wait or raise.

    fell_back: the model, the engine that failed, the one that is asked next, and why. recovered:
    the first engine runs the model again, after another did. batched: how many rows were run
    together.
    """

    fell_back: Callable[[ModelKey, str, str, str], None] = _nobody
    recovered: Callable[[ModelKey], None] = _nobody
    batched: Callable[[ModelKey, int], None] = _nobody
    loaded: Callable[[ServedModel], None] = _nobody
    refused: Callable[[ModelKey, str], None] = _nobody
    gone: Callable[[ModelKey], None] = _nobody
