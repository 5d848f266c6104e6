"""Say no in the ways that every area shares; an edge knows these and no area's own."""

from typing import ClassVar


class Absent(Exception):
    """There is no such thing, or it is another tenant's: nobody is told which."""


class Forbidden(Exception):
    """Who asks may not do that."""


class Conflicting(Exception):
    """The present state does not allow it.

    slug, title and meaning name the kind of problem where an area has one of its own.
    """

    slug: ClassVar[str] = "conflict"
    title: ClassVar[str] = "Conflict"
    meaning: ClassVar[str] = ""


class Outdated(Exception):
    """What is to be changed is of another version than the one that was seen."""

    def __init__(self, version: int) -> None:
        super().__init__(f"it is of version {version} now: read it again")
        self.version = version
