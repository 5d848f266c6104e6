"""Find a name that stands twice in one object of a JSON text.

Readers differ in which of the two counts: what one program checked is not what another does.
"""

import json
from typing import Any, NoReturn


class _Twice(Exception):
    """Ends the reading: some object has a name twice."""


class RepeatedName(ValueError):
    """An object has a name twice; pointer says where (RFC 6901)."""

    def __init__(self, pointer: str) -> None:
        super().__init__(f"{pointer} stands there twice")
        self.pointer = pointer


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twice
    return made


def load_unambiguous(text: str | bytes, **options: Any) -> Any:
    """Return what json.loads does of a text that has no name twice; raises RepeatedName.

    options: those of json.loads, but for the hooks on objects. Raises what it raises, too.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, **options)
    except _Twice:
        _tell(text)


def refuse_repeated(text: str | bytes) -> None:
    """Raise RepeatedName for a JSON text that has a name twice in one object.

    Raises ValueError or RecursionError for one that cannot be read.
    """
    # Numbers stay text: how long they are is for others to judge.
    load_unambiguous(text, parse_int=str, parse_float=str)


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written."""


def _tell(text: str | bytes) -> NoReturn:
    whole = json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    raise RepeatedName(_first(whole, at="") or "")


def _first(node: Any, *, at: str) -> str | None:
    """Return where the first name stands that was there before."""
    named = node if isinstance(node, _Pairs) else enumerate(node if isinstance(node, list) else ())
    seen: set[str | int] = set()
    for name, value in named:
        place = f"{at}/{_escaped(name)}"
        if name in seen:
            return place
        seen.add(name)
        deeper = _first(value, at=place)
        if deeper is not None:
            return deeper
    return None


def _escaped(name: str | int) -> str:
    # Half a surrogate pair cannot be written into an answer.
    text = str(name).encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")
