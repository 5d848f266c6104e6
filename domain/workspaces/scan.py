"""Find the first fault of a JSON text that is to be kept, and where it stands.

Slow and exact: it is asked only where a quick look was not content (see layout.py).
"""

import json
import math
import re
from dataclasses import dataclass

DEPTH_MAX = 32
KEYS_MAX = 100_000
KEY_LENGTH_MAX = 256
NUMBER_LENGTH_MAX = 40

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"(?:true|false|null)(?![A-Za-z0-9_])")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_NOT_FINITE = re.compile(r"[+-]?(?:NaN|nan|Infinity|inf)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a JSON pointer (RFC 6901) into the text, empty for all of it."""

    pointer: str
    problem: str


@dataclass(slots=True)
class _Level:
    """An object or an array that is open: how it ends, its names so far, where we are in it."""

    closing: str
    names: set[str]
    place: str | int | None = None


class _Found(Exception):
    """Ends the reading at the first fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


def find_fault(text: str) -> Fault | None:
    """Return the first fault of a text that must hold one JSON object, None for a sound one.

    Beyond the grammar of RFC 8259: no name twice in one object, no half of a surrogate pair,
    numbers that a 64-bit float can hold, and the limits above on depth, names and lengths.
    """
    try:
        _Reader(text).read()
    except _Found as found:
        return found.fault
    return None


class _Reader:
    """Reads without recursion: nesting is data here, and no stack runs out on it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._levels: list[_Level] = []
        self._keys = 0

    def read(self) -> None:
        if self._next() != "{":
            raise self._fault("must be an object")
        self._value()
        while self._levels:
            self._go_on(self._levels[-1])
        if self._next():
            raise self._fault("must end where its object ends")

    def _go_on(self, level: _Level) -> None:
        """Read one member with what stands before it, or the end of the level."""
        following = self._next()
        if following == level.closing:
            self._at += 1
            self._levels.pop()
            return
        if level.place is not None:
            if following != ",":
                raise self._broken(f'must go on with "," or "{level.closing}"')
            self._at += 1
        if level.closing == "}":
            self._name(level)
        else:
            level.place = level.place + 1 if isinstance(level.place, int) else 0
        self._value()

    def _name(self, level: _Level) -> None:
        self._next()
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise self._broken("must have a name in double quotes")
        name: str = json.loads(found.group())
        if len(name) > KEY_LENGTH_MAX:
            raise self._fault(f"has a name of {len(name)} characters, over {KEY_LENGTH_MAX}")
        level.place = name
        self._whole(name)
        if name in level.names:
            raise self._fault("stands there twice")
        level.names.add(name)
        self._keys += 1
        if self._keys > KEYS_MAX:
            raise self._fault(f"is one name too many: there may be {KEYS_MAX}")
        self._at = found.end()
        if self._next() != ":":
            raise self._broken('must be followed by ":"')
        self._at += 1

    def _value(self) -> None:
        opening = self._next()
        if opening in ("{", "["):
            if len(self._levels) == DEPTH_MAX:
                raise self._fault(f"lies deeper than {DEPTH_MAX} levels")
            self._at += 1
            self._levels.append(_Level("}" if opening == "{" else "]", set()))
        elif opening == '"':
            found = _STRING.match(self._text, self._at)
            if found is None:
                raise self._broken("must be text that is closed, with valid escapes in it")
            if "\\u" in found.group():
                self._whole(json.loads(found.group()))
            self._at = found.end()
        else:
            self._scalar()

    def _scalar(self) -> None:
        if _NOT_FINITE.match(self._text, self._at):
            raise self._fault("must be a finite number, or null")
        found = _WORD.match(self._text, self._at)
        if found is None:
            found = _NUMBER.match(self._text, self._at)
            if found is None:
                raise self._broken("must be a JSON value")
            self._number(found.group())
        self._at = found.end()

    def _number(self, written: str) -> None:
        if len(written) > NUMBER_LENGTH_MAX:
            raise self._fault(f"must be a number of at most {NUMBER_LENGTH_MAX} characters")
        if math.isinf(float(written)):
            raise self._fault("must be a number that a 64-bit float can hold")

    def _whole(self, read: str) -> None:
        """Refuse half of a surrogate pair: no encoding of Unicode can hold it."""
        if _HALF_PAIR.search(read):
            raise self._fault("must not hold half of a surrogate pair")

    def _next(self) -> str:
        """Return the next character that is no space, nothing at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space is not None else self._at
        return self._text[self._at : self._at + 1]

    def _broken(self, problem: str) -> _Found:
        if self._at >= len(self._text):
            return self._fault("ends too early")
        return self._fault(f"{problem} (at character {self._at})")

    def _fault(self, problem: str) -> _Found:
        places = (level.place for level in self._levels if level.place is not None)
        return _Found(Fault("".join(f"/{_escaped(place)}" for place in places), problem))


def _escaped(place: str | int) -> str:
    # Half a surrogate pair cannot be written into an answer either.
    text = str(place).encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")
