"""Look a layout through before it is kept: sound JSON within limits, byte for byte as written."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from domain.workspaces.scan import DEPTH_MAX, KEY_LENGTH_MAX, KEYS_MAX, find_fault

LAYOUT_BYTES_MAX = 1_048_576

# Where one of these is found, only the exact reading can tell: they may stand in a text.
_LONG_NUMBER = re.compile(r"[0-9.eE+-]{41}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class InvalidLayout(ValueError):
    """A layout that is not kept: what is wrong, and where (a JSON pointer into the layout)."""

    def __init__(self, *, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer or 'the layout'}: {problem}")
        self.pointer = pointer
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout that was looked through; only `read` makes one."""

    text: bytes
    sha256: bytes

    @classmethod
    def read(cls, text: bytes) -> "Layout":
        """Return the layout; raises InvalidLayout with the first fault."""
        if len(text) > LAYOUT_BYTES_MAX:
            problem = f"may have at most {LAYOUT_BYTES_MAX} bytes, not {len(text)}"
            raise InvalidLayout(pointer="", problem=problem)
        check_json(text)
        return cls(text=text, sha256=hashlib.sha256(text).digest())


def check_json(text: bytes) -> None:
    """Raise InvalidLayout with the first fault of a text that must hold a JSON object."""
    try:
        read = text.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"must be UTF-8 (byte {error.start} is not)"
        raise InvalidLayout(pointer="", problem=problem) from None
    if is_sound_at_a_glance(read):
        return
    fault = find_fault(read)
    if fault is not None:
        raise InvalidLayout(pointer=fault.pointer, problem=fault.problem)


def is_sound_at_a_glance(text: str) -> bool:
    """Tell whether a quick look finds nothing; False says only that it must be read exactly.

    What the exact reading refuses never passes here. Five times as fast, for what is sound:
    the interpreter's own parser does most of it.
    """
    if _LONG_NUMBER.search(text) or _SURROGATE.search(text):
        return False
    try:
        root = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return type(root) is dict and _within_limits(root)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands there twice")
    return made


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _within_limits(root: dict[str, Any]) -> bool:
    """Walk the tree level by level."""
    level: list[Any] = [root]
    depth = keys = 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            return False
        below: list[Any] = []
        for node in level:
            if type(node) is dict:
                keys += len(node)
                if node and max(map(len, node)) > KEY_LENGTH_MAX:
                    return False
                node = node.values()
            for one in node:
                kind = type(one)
                if kind is dict or kind is list:
                    below.append(one)
                elif kind is float and math.isinf(one):
                    return False
        level = below
    return keys <= KEYS_MAX
