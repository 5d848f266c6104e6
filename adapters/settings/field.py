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


def setting(default: Any, doc: str, **limits: Any) -> Any:
    """Return a dataclass field that carries its rule."""
    rule = Rule(doc=doc, **limits)
    # A secret must not reach a log with the settings that hold it.
    return dataclasses.field(default=default, repr=not rule.secret, metadata={"rule": rule})
