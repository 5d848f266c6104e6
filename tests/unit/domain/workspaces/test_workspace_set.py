"""A book store has exactly one default, and no save overwrites what its writer has not seen."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.shared.values import InvalidValue
from domain.workspaces.layout import Layout
from domain.workspaces.workspace_set import (
    Expected,
    NoSuchWorkspace,
    OtherVersion,
    Owner,
    Preferred,
    Removed,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
    WorkspaceSet,
)
from tests import builders

OWNER = Owner(tenant_id=UUID(int=1), user_id=UUID(int=2))
LAYOUT = Layout.read(b"{}")
ALLOWED = 4


def save(
    workspace_set: WorkspaceSet, name: str, *, expected: Expected = None, make_default: bool = False
) -> Saved | VersionNeeded | OtherVersion | TooManyWorkspaces:
    """Save an empty layout."""
    return workspace_set.save(
        LAYOUT,
        name=name,
        id=builders.new_id(),
        at=builders.later(workspace_set.revision).at,
        expected=expected,
        make_default=make_default,
        allowed=ALLOWED,
    )


def stocked(*names: str) -> WorkspaceSet:
    """Return a book store with workspaces of these names; the first is the default."""
    workspace_set = WorkspaceSet(owner=OWNER)
    for name in names:
        saved = save(workspace_set, name)
        assert isinstance(saved, Saved)
        workspace_set = saved.workspace_set
    return workspace_set


def test_the_first_workspace_becomes_the_default_by_itself() -> None:
    workspace_set = stocked("a", "b")
    assert workspace_set.default == workspace_set.workspaces[0]


def test_overwriting_takes_the_version_that_is_there() -> None:
    workspace_set = stocked("a")
    (first,) = workspace_set.workspaces
    assert save(workspace_set, "a") == VersionNeeded(first)
    assert save(workspace_set, "a", expected=2) == OtherVersion(first)
    for expected in (1, "*"):
        saved = save(workspace_set, "a", expected=expected)
        assert isinstance(saved, Saved)
        assert (saved.workspace.id, saved.workspace.version, saved.created) == (first.id, 2, False)
        assert saved.workspace.created_at == first.created_at
        # Whoever saw the first version comes too late.
        assert save(saved.workspace_set, "a", expected=1) == OtherVersion(saved.workspace)


@pytest.mark.parametrize("expected", [1, "*"])
def test_a_new_name_has_no_version_to_expect(expected: Expected) -> None:
    assert save(stocked("a"), "b", expected=expected) == OtherVersion(None)


def test_there_is_room_for_so_many_and_overwriting_needs_none() -> None:
    workspace_set = stocked("a", "b", "c", "d")
    assert save(workspace_set, "e") == TooManyWorkspaces(ALLOWED)
    assert isinstance(save(workspace_set, "d", expected=1), Saved)


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "a\x7f"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="name"):
        save(WorkspaceSet(owner=OWNER), name)


def test_after_the_default_the_one_saved_last_becomes_it() -> None:
    workspace_set = stocked("a", "b", "c")
    saved = save(workspace_set, "b", expected=1)
    assert isinstance(saved, Saved)
    removed = saved.workspace_set.remove(saved.workspace_set.workspaces[0].id, expected=None)
    assert isinstance(removed, Removed)
    assert removed.workspace_set.default is not None
    assert removed.workspace_set.default.name == "b"


def test_removing_another_leaves_the_default() -> None:
    workspace_set = stocked("a", "b")
    removed = workspace_set.remove(workspace_set.workspaces[1].id, expected=1)
    assert isinstance(removed, Removed)
    assert removed.workspace_set.default_id == workspace_set.default_id


def test_what_changed_since_is_not_removed() -> None:
    workspace_set = stocked("a")
    (first,) = workspace_set.workspaces
    assert workspace_set.remove(first.id, expected=2) == OtherVersion(first)
    assert workspace_set.remove(UUID(int=9), expected=None) == NoSuchWorkspace()


def test_preferring_moves_the_default_and_no_version() -> None:
    workspace_set = stocked("a", "b")
    second = workspace_set.workspaces[1]
    moved = workspace_set.prefer(second.id)
    assert isinstance(moved, Preferred)
    assert moved.changed
    assert moved.workspace_set.default == second
    assert moved.workspace_set.workspaces == workspace_set.workspaces
    again = moved.workspace_set.prefer(second.id)
    assert again == Preferred(workspace_set=moved.workspace_set, workspace=second, changed=False)
    assert workspace_set.prefer(UUID(int=9)) == NoSuchWorkspace()


def test_a_shelf_without_its_one_default_cannot_be_made() -> None:
    workspace_set = stocked("a", "b")
    for default_id in (None, UUID(int=9)):
        with pytest.raises(ValueError, match="exactly one"):
            WorkspaceSet(owner=OWNER, workspaces=workspace_set.workspaces, default_id=default_id)
    with pytest.raises(ValueError, match="exactly one"):
        WorkspaceSet(owner=OWNER, default_id=UUID(int=9))
    with pytest.raises(ValueError, match="in order"):
        WorkspaceSet(
            owner=OWNER,
            workspaces=workspace_set.workspaces[::-1],
            default_id=workspace_set.default_id,
        )


class WorkspaceSetMachine(RuleBasedStateMachine):
    """Any order of saves, deletions and moves of the default."""

    def __init__(self) -> None:
        super().__init__()
        self.workspace_set = WorkspaceSet(owner=OWNER)
        self.versions: dict[str, int] = {}
        self.default: str | None = None

    @rule(
        name=st.sampled_from("abcdef"),
        expected=st.sampled_from([None, "*", 1, 2, 3]),
        make_default=st.booleans(),
    )
    def save(self, name: str, expected: Expected, make_default: bool) -> None:
        known = self.versions.get(name)
        match save(self.workspace_set, name, expected=expected, make_default=make_default):
            case Saved() as saved:
                assert expected in ((None,) if known is None else ("*", known))
                self.workspace_set = saved.workspace_set
                self.versions[name] = (known or 0) + 1
                if make_default or self.default is None:
                    self.default = name
            case VersionNeeded():
                assert known is not None
                assert expected is None
            case OtherVersion():
                assert expected not in (None, known)
            case TooManyWorkspaces():
                assert known is None
                assert len(self.versions) == ALLOWED

    @rule(index=st.integers(0, ALLOWED - 1))
    def remove(self, index: int) -> None:
        if index >= len(self.workspace_set.workspaces):
            return
        gone = self.workspace_set.workspaces[index]
        removed = self.workspace_set.remove(gone.id, expected=gone.version)
        assert isinstance(removed, Removed)
        self.workspace_set = removed.workspace_set
        del self.versions[gone.name]
        if self.default == gone.name:
            latest = max(
                self.workspace_set.workspaces, key=lambda one: one.updated_at, default=None
            )
            self.default = None if latest is None else latest.name

    @rule(index=st.integers(0, ALLOWED - 1))
    def prefer(self, index: int) -> None:
        if index >= len(self.workspace_set.workspaces):
            return
        wanted = self.workspace_set.workspaces[index]
        moved = self.workspace_set.prefer(wanted.id)
        assert isinstance(moved, Preferred)
        self.workspace_set = moved.workspace_set
        self.default = wanted.name

    @invariant()
    def exactly_one_is_the_default(self) -> None:
        default = self.workspace_set.default
        assert (None if default is None else default.name) == self.default
        assert (self.default is None) == (not self.versions)
        found = {one.name: one.version for one in self.workspace_set.workspaces}
        assert found == self.versions


WorkspaceSetMachine.TestCase.settings = settings(deadline=timedelta(seconds=2))
TestWorkspaceSetMachine = WorkspaceSetMachine.TestCase
