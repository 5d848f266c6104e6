"""Say what is asked of workspaces, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.workspaces.layout import Layout
from domain.workspaces.shelf import (
    Expected,
    OtherVersion,
    Owner,
    Removed,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
)


class WorkspaceNotFound(Exception):
    """The person has no such workspace, or none at all."""

    def __init__(self, wanted: UUID | str | None) -> None:
        said = "no workspace is saved yet" if wanted is None else f"there is no workspace {wanted}"
        super().__init__(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceAsker:
    """Who asks, and for the audit trail under which name and trace."""

    owner: Owner
    actor: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCommand:
    """A layout to be kept under a name; expected is the version that the person has seen."""

    name: str
    layout: Layout
    expected: Expected = None
    make_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveIdempotency:
    """How a repeated save is known, and what answer it gets."""

    key: str
    request_hash: bytes
    # Status and body of the answer to what was saved.
    render: Callable[[Saved], tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveReplayed:
    """The save was answered before: that answer, byte by byte."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class SaveKeyReused:
    """The key was used with another request, or by another person."""


SaveOutcome = (
    Saved | SaveReplayed | SaveKeyReused | VersionNeeded | OtherVersion | TooManyWorkspaces
)
DeleteOutcome = Removed | OtherVersion
