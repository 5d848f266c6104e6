"""Show workspaces on the wire, and read what is to be saved."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.problems import Problem, too_large, unfit
from adapters.http.reading import read
from adapters.http.wire import Name, moment
from application.workspaces.commands import Restored, SaveCommand
from domain.workspaces.layout import LAYOUT_BYTES_MAX, InvalidLayout, Layout, check_json
from domain.workspaces.workspace_set import Expected, Removed, Workspace, WorkspaceSet

# The name and the braces around a layout of the full size, however they are written.
BODY_BYTES_MAX = LAYOUT_BYTES_MAX + 4_096

# Kept and given back as it was written: nobody decodes it on the way.
LayoutValue = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]


class SaveBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A layout under a name; make_default: it is what is restored when none is named."""

    name: Name
    layout: LayoutValue
    make_default: bool = False


class WorkspaceView(msgspec.Struct, kw_only=True):
    """A workspace without its layout; version is what ETag and If-Match carry.

    size_bytes and sha256 are those of the layout as it was written.
    """

    id: str
    name: str
    version: int
    is_default: bool
    size_bytes: int
    sha256: str
    created_at: str
    updated_at: str


class RestoredView(WorkspaceView, kw_only=True):
    """A workspace with its layout, byte for byte as it was saved."""

    layout: LayoutValue


class WorkspacePage(msgspec.Struct):
    """A page of workspaces, in the order they were made."""

    items: list[WorkspaceView]
    next_cursor: str | None


class DeletedView(msgspec.Struct, kw_only=True):
    """What was deleted, and the default after it; null when no workspace is left."""

    id: str
    name: str
    default: WorkspaceView | None


_SAVE = msgspec.json.Decoder(SaveBody)


def save_command(body: bytes, *, expected: Expected) -> SaveCommand:
    """Read what is to be saved; raises the problem that names the field and what is wrong.

    Takes some hundredths of a second for a large layout.
    """
    try:
        said = read(body, decoder=_SAVE)
    except Problem as problem:
        if not problem.errors:
            # Broken JSON: the decoder knows the byte, the exact reading knows the place.
            with _faults_under(""):
                check_json(body)
        raise
    text = bytes(said.layout)
    if len(text) > LAYOUT_BYTES_MAX:
        raise too_large(LAYOUT_BYTES_MAX, what="the layout")
    with _faults_under("/layout"):
        layout = Layout.read(text)
    with _faults_under(""):
        # The decoder takes the last of two fields of one name.
        check_json(body.replace(text, b"{}"))
    return SaveCommand(
        name=said.name, layout=layout, expected=expected, make_default=said.make_default
    )


@contextmanager
def _faults_under(place: str) -> Iterator[None]:
    try:
        yield
    except InvalidLayout as refusal:
        raise unfit(place + refusal.pointer, refusal.problem) from None


def workspace_view(workspace: Workspace, *, workspace_set: WorkspaceSet) -> WorkspaceView:
    """Show a workspace of a book store."""
    return WorkspaceView(
        id=str(workspace.id),
        name=workspace.name,
        version=workspace.version,
        is_default=workspace.id == workspace_set.default_id,
        size_bytes=workspace.size_bytes,
        sha256=workspace.sha256.hex(),
        created_at=moment(workspace.created_at),
        updated_at=moment(workspace.updated_at),
    )


def restored_view(kept: Restored) -> RestoredView:
    """Show a workspace with its layout."""
    workspace = kept.workspace
    return RestoredView(
        id=str(workspace.id),
        name=workspace.name,
        version=workspace.version,
        is_default=kept.is_default,
        size_bytes=workspace.size_bytes,
        sha256=workspace.sha256.hex(),
        created_at=moment(workspace.created_at),
        updated_at=moment(workspace.updated_at),
        layout=msgspec.Raw(workspace.layout),
    )


def deleted_view(removed: Removed) -> DeletedView:
    """Show what a deletion left."""
    default = removed.workspace_set.default
    return DeletedView(
        id=str(removed.workspace.id),
        name=removed.workspace.name,
        default=None
        if default is None
        else workspace_view(default, workspace_set=removed.workspace_set),
    )
