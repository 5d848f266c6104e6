"""Say what is asked of workspaces, and what came of it."""

from dataclasses import dataclass
from uuid import UUID

from application.shared.change import KeyReused, Replayed
from domain.shared.refusals import Absent
from domain.workspaces.layout import Layout
from domain.workspaces.workspace_set import (
    Expected,
    OtherVersion,
    Owner,
    Removed,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
    WorkspaceContents,
)


class WorkspaceNotFound(Absent):
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
class Restored:
    """A workspace with its layout, and whether it is the default."""

    workspace: WorkspaceContents
    is_default: bool


SaveResult = Saved | VersionNeeded | OtherVersion | TooManyWorkspaces
SaveOutcome = SaveResult | Replayed | KeyReused
DeleteOutcome = Removed | OtherVersion
