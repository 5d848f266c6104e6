"""Declare one setting: its default, its limits and what it is for."""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What may be set, and how the setting is described."""

    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    # Shown masked, and best given by the environment.
    secret: bool = False
    # A variable's name that does not follow from the setting's.
    variable: str = ""


def setting(default: Any, doc: str, **limits: Any) -> Any:
    """Return a dataclass field that carries its rule."""
    return dataclasses.field(default=default, metadata={"rule": Rule(doc=doc, **limits)})
