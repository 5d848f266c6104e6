"""Hold a person's workspaces and decide what becomes of them; exactly one is the default."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.shared.values import InvalidValue
from domain.workspaces.layout import Layout

NAME_LENGTH_MAX = 100
_NAME = re.compile(rf"[^\x00-\x1f\x7f]{{1,{NAME_LENGTH_MAX}}}")

# Which version a person has seen: that one, any that is there, or nobody said.
Expected = int | Literal["*"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose workspaces they are: one person of one tenant."""

    tenant_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What is known of a workspace without opening it; version counts its saves from 1."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    name: str
    version: int
    size_bytes: int
    sha256: bytes
    created_at: datetime
    updated_at: datetime

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            problem = f"must be 1 to {NAME_LENGTH_MAX} characters, none of them a control character"
            raise InvalidValue(field="name", problem=problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceContents(Workspace):
    """A workspace with its layout, byte for byte as it was saved."""

    layout: bytes

    def __post_init__(self) -> None:
        Workspace.__post_init__(self)
        if hashlib.sha256(self.layout).digest() != self.sha256:
            raise ValueError("the layout is not what was saved")


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultWorkspace:
    """Which workspace of a person is the default; version counts the changes of them all."""

    # The person's own.
    id: UUID
    tenant_id: UUID
    version: int
    default_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The workspace was stored; created tells whether its name was new."""

    workspace_set: "WorkspaceSet"
    workspace: Workspace
    before: Workspace | None

    @property
    def created(self) -> bool:
        """Tell whether the name was new."""
        return self.before is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The workspace is gone; the set says what is the default now."""

    workspace_set: "WorkspaceSet"
    workspace: Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """The workspace is the default; changed tells whether it was not before."""

    workspace_set: "WorkspaceSet"
    workspace: Workspace
    changed: bool


@dataclass(frozen=True, slots=True)
class VersionNeeded:
    """The name is taken: whoever overwrites it must say which version they have seen."""

    current: Workspace


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The version that was seen is not the present one; None where there is nothing."""

    current: Workspace | None


@dataclass(frozen=True, slots=True)
class TooManyWorkspaces:
    """There are as many as there may be."""

    allowed: int


@dataclass(frozen=True, slots=True)
class NoSuchWorkspace:
    """It is not in the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSet:
    """A person's workspaces by ascending id; revision counts the changes of them all."""

    owner: Owner
    revision: int = 0
    workspaces: tuple[Workspace, ...] = ()
    default_id: UUID | None = None

    def __post_init__(self) -> None:
        ids = [one.id for one in self.workspaces]
        if ids != sorted(set(ids)) or len({one.name for one in self.workspaces}) != len(ids):
            raise ValueError("workspaces must be in order, their ids and names used once")
        if self.default is None and (ids or self.default_id is not None):
            raise ValueError("exactly one workspace must be the default, of none there are")

    def find(self, workspace_id: UUID) -> Workspace | None:
        """Return the workspace."""
        return next((one for one in self.workspaces if one.id == workspace_id), None)

    @property
    def default(self) -> Workspace | None:
        """The one that is restored when none is named."""
        return None if self.default_id is None else self.find(self.default_id)

    def save(
        self,
        layout: Layout,
        *,
        name: str,
        id: UUID,
        at: datetime,
        expected: Expected,
        make_default: bool,
        allowed: int,
    ) -> Saved | VersionNeeded | OtherVersion | TooManyWorkspaces:
        """Store a layout under a name: under a new one with the id, else in its place.

        The first one becomes the default by itself. Raises InvalidValue for the name.
        """
        before = next((one for one in self.workspaces if one.name == name), None)
        if before is None:
            if expected is not None:
                return OtherVersion(None)
            if len(self.workspaces) >= allowed:
                return TooManyWorkspaces(allowed)
        elif expected is None:
            return VersionNeeded(before)
        elif expected not in ("*", before.version):
            return OtherVersion(before)
        stored = Workspace(
            id=id if before is None else before.id,
            tenant_id=self.owner.tenant_id,
            user_id=self.owner.user_id,
            name=name,
            version=1 if before is None else before.version + 1,
            size_bytes=len(layout.text),
            sha256=layout.sha256,
            created_at=at if before is None else before.created_at,
            updated_at=at,
        )
        others = [one for one in self.workspaces if one.id != stored.id]
        is_default = make_default or self.default_id is None
        workspace_set = self._with(
            [*others, stored], default=stored.id if is_default else self.default_id
        )
        return Saved(workspace_set=workspace_set, workspace=stored, before=before)

    def remove(
        self, workspace_id: UUID, *, expected: Expected
    ) -> Removed | OtherVersion | NoSuchWorkspace:
        """Take a workspace away; after the default, the one saved last becomes it."""
        found = self.find(workspace_id)
        if found is None:
            return NoSuchWorkspace()
        if expected not in (None, "*", found.version):
            return OtherVersion(found)
        others = [one for one in self.workspaces if one.id != workspace_id]
        default = self.default_id
        if default == workspace_id:
            latest = max(others, key=lambda one: (one.updated_at, one.id), default=None)
            default = None if latest is None else latest.id
        return Removed(workspace_set=self._with(others, default=default), workspace=found)

    def prefer(self, workspace_id: UUID) -> Preferred | NoSuchWorkspace:
        """Make a workspace the default; no version changes by it."""
        found = self.find(workspace_id)
        if found is None:
            return NoSuchWorkspace()
        if self.default_id == workspace_id:
            return Preferred(workspace_set=self, workspace=found, changed=False)
        workspace_set = self._with(list(self.workspaces), default=workspace_id)
        return Preferred(workspace_set=workspace_set, workspace=found, changed=True)

    def _with(self, workspaces: list[Workspace], *, default: UUID | None) -> "WorkspaceSet":
        return replace(
            self,
            revision=self.revision + 1,
            workspaces=tuple(sorted(workspaces, key=lambda one: one.id)),
            default_id=default,
        )
