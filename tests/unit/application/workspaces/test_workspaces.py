"""Workspaces stay whole whatever comes at once: one default, no save lost, each one audited."""

import asyncio
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from application.shared.change import Changes, KeyReused, Once, Replayed
from application.workspaces.commands import (
    SaveCommand,
    SaveOutcome,
    SaveResult,
    WorkspaceAsker,
    WorkspaceNotFound,
)
from application.workspaces.keep_workspaces import KeepWorkspaces
from domain.workspaces.layout import Layout
from domain.workspaces.workspace_set import (
    Expected,
    OtherVersion,
    Owner,
    Removed,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
)
from tests import builders

ALLOWED = 3
ASKER = WorkspaceAsker(
    owner=Owner(tenant_id=UUID(int=1), user_id=UUID(int=2)), actor="user:2", trace_id="t"
)


def answer_to(result: SaveResult) -> tuple[int, bytes] | None:
    """Answer with the name of what was saved."""
    return (201, result.workspace.name.encode()) if isinstance(result, Saved) else None


KEYED = Once(key="k", request_hash=b"one", render=answer_to)


def over(link: MemoryLink) -> KeepWorkspaces:
    """Build the use cases over a memory database."""
    clock = ManualClock(builders.AT)
    ids = SeededIds(clock=clock, seed=1)
    changes = Changes(works=MemoryWorks(link), clock=clock, ids=ids)
    return KeepWorkspaces(changes=changes, allowed=ALLOWED)


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


@pytest.fixture
def facade(database: MemoryDatabase) -> KeepWorkspaces:
    return over(MemoryLink(database))


def named(
    name: str, *, text: bytes = b"{}", expected: Expected = None, make_default: bool = False
) -> SaveCommand:
    """Ask for a layout to be saved."""
    layout = Layout.read(text)
    return SaveCommand(name=name, layout=layout, expected=expected, make_default=make_default)


async def test_every_change_is_audited_with_sizes_and_hashes_and_no_layout(
    database: MemoryDatabase, facade: KeepWorkspaces
) -> None:
    secret = b'{"note":"buy the dip"}'
    first = await facade.save(named("a"), asker=ASKER)
    assert isinstance(first, Saved)
    await facade.save(named("a", text=secret, expected=1), asker=ASKER)
    second = await facade.save(named("b"), asker=ASKER)
    assert isinstance(second, Saved)
    await facade.prefer(second.workspace.id, asker=ASKER)
    await facade.prefer(second.workspace.id, asker=ASKER)
    await facade.delete(second.workspace.id, asker=ASKER)
    made, updated, _, preferred, deleted = database.audit
    assert [entry.action for entry in database.audit] == [
        "workspace.created",
        "workspace.updated",
        "workspace.created",
        "workspace.preferred",
        "workspace.deleted",
    ]
    assert all((one.actor, one.trace_id) == ("user:2", "t") for one in database.audit)
    assert "dip" not in repr(database.audit)
    assert dict(made.detail)["default"] == str(first.workspace.id)
    assert dict(updated.detail) == {
        "name": "a",
        "version": "2",
        "size_bytes": str(len(secret)),
        "sha256": Layout.read(secret).sha256.hex(),
        "before.version": "1",
        "before.size_bytes": "2",
        "before.sha256": first.workspace.sha256.hex(),
    }
    assert dict(preferred.detail)["before.default"] == str(first.workspace.id)
    assert dict(deleted.detail)["default"] == str(first.workspace.id)


async def test_refused_saves_leave_no_trace(
    database: MemoryDatabase, facade: KeepWorkspaces
) -> None:
    for name in "abc":
        assert isinstance(await facade.save(named(name), asker=ASKER), Saved)
    before = (await facade.list(owner=ASKER.owner), len(database.audit))
    assert isinstance(await facade.save(named("a"), asker=ASKER), VersionNeeded)
    assert isinstance(await facade.save(named("a", expected=7), asker=ASKER), OtherVersion)
    assert await facade.save(named("d"), asker=ASKER) == TooManyWorkspaces(ALLOWED)
    assert (await facade.list(owner=ASKER.owner), len(database.audit)) == before


async def test_what_is_not_there_is_said_so(facade: KeepWorkspaces) -> None:
    with pytest.raises(WorkspaceNotFound, match="no workspace is saved yet"):
        await facade.restore(owner=ASKER.owner)
    with pytest.raises(WorkspaceNotFound, match="there is no workspace Morning"):
        await facade.restore(owner=ASKER.owner, name="Morning")
    for act in (facade.delete, facade.prefer):
        with pytest.raises(WorkspaceNotFound):
            await act(UUID(int=9), asker=ASKER)


async def test_nobody_sees_or_changes_a_colleagues(facade: KeepWorkspaces) -> None:
    saved = await facade.save(named("a"), asker=ASKER)
    assert isinstance(saved, Saved)
    colleague = replace(ASKER, owner=replace(ASKER.owner, user_id=UUID(int=3)))
    for which in ({}, {"name": "a"}, {"workspace_id": saved.workspace.id}):
        with pytest.raises(WorkspaceNotFound):
            await facade.restore(owner=colleague.owner, **which)
    for act in (facade.delete, facade.prefer):
        with pytest.raises(WorkspaceNotFound):
            await act(saved.workspace.id, asker=colleague)
    # The same name is another workspace there.
    assert isinstance(await facade.save(named("a"), asker=colleague), Saved)
    assert await facade.list(owner=ASKER.owner) == saved.workspace_set


async def test_a_repeated_save_gets_its_first_answer_also_when_much_changed_since(
    facade: KeepWorkspaces,
) -> None:
    first = await facade.save(named("a"), asker=ASKER, once=KEYED)
    assert isinstance(first, Saved)
    await facade.delete(first.workspace.id, asker=ASKER)
    again = await facade.save(named("a"), asker=ASKER, once=KEYED)
    assert again == Replayed(status=201, body=b"a")
    assert (await facade.list(owner=ASKER.owner)).workspaces == ()
    other = replace(KEYED, request_hash=b"two")
    assert await facade.save(named("b"), asker=ASKER, once=other) == KeyReused()


async def test_a_refused_save_leaves_its_key_free(facade: KeepWorkspaces) -> None:
    await facade.save(named("a"), asker=ASKER)
    refused = await facade.save(named("a"), asker=ASKER, once=KEYED)
    assert isinstance(refused, VersionNeeded)
    assert isinstance(await facade.save(named("b"), asker=ASKER, once=KEYED), Saved)


def shuffled(database: MemoryDatabase, random: Random) -> KeepWorkspaces:
    """Build the use cases so that others may run at every use of the storage, or not."""

    async def pause() -> None:
        for _ in range(random.randint(0, 3)):
            await asyncio.sleep(0)

    return over(MemoryLink(database, pause=pause))


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), racers=st.integers(2, 6))
async def test_of_saves_that_saw_one_version_one_wins(seed: int, racers: int) -> None:
    database = MemoryDatabase()
    facade = shuffled(database, Random(seed))
    await facade.save(named("a"), asker=ASKER)
    texts = [b'{"by":%d}' % number for number in range(racers)]
    outcomes: list[SaveOutcome] = await asyncio.gather(
        *(facade.save(named("a", text=one, expected=1), asker=ASKER) for one in texts)
    )
    won = [isinstance(one, Saved) for one in outcomes]
    assert sum(won) == 1
    assert sum(isinstance(one, OtherVersion) for one in outcomes) == racers - 1
    kept = await facade.restore(owner=ASKER.owner)
    assert (kept.workspace.layout, kept.workspace.version) == (texts[won.index(True)], 2)
    assert len(database.audit) == 2


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), racers=st.integers(2, 6))
async def test_of_repeats_at_once_one_saves(seed: int, racers: int) -> None:
    database = MemoryDatabase()
    facade = shuffled(database, Random(seed))
    outcomes = await asyncio.gather(
        *(facade.save(named("a"), asker=ASKER, once=KEYED) for _ in range(racers))
    )
    assert sum(isinstance(one, Saved) for one in outcomes) == 1
    assert outcomes.count(Replayed(status=201, body=b"a")) == racers - 1
    assert len(database.audit) == 1


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lives=st.lists(
        st.lists(
            st.tuples(st.sampled_from(["save", "delete", "prefer"]), st.sampled_from("abcd")),
            max_size=5,
        ),
        min_size=2,
        max_size=4,
    ),
)
async def test_any_interleaving_keeps_exactly_one_default_and_every_save(
    seed: int, lives: list[list[tuple[str, str]]]
) -> None:
    database = MemoryDatabase()
    random = Random(seed)
    facade = shuffled(database, random)
    done: list[str] = []

    async def live(steps: list[tuple[str, str]]) -> None:
        for act, name in steps:
            workspace_set = await facade.list(owner=ASKER.owner)
            assert (workspace_set.default is None) == (not workspace_set.workspaces)
            seen = next((one for one in workspace_set.workspaces if one.name == name), None)
            try:
                if act == "save":
                    text = b'{"n":%d}' % random.getrandbits(30)
                    command = named(
                        name,
                        text=text,
                        expected=None if seen is None else seen.version,
                        make_default=random.random() < 0.5,
                    )
                    outcome = await facade.save(command, asker=ASKER)
                    done.extend(["saved"] if isinstance(outcome, Saved) else [])
                elif seen is not None and act == "delete":
                    removed = await facade.delete(seen.id, asker=ASKER, expected=seen.version)
                    done.extend(["deleted"] if isinstance(removed, Removed) else [])
                elif seen is not None:
                    moved = await facade.prefer(seen.id, asker=ASKER)
                    done.extend(["preferred"] if moved.changed else [])
            except WorkspaceNotFound:
                # Deleted by another since it was seen.
                continue

    await asyncio.gather(*(live(steps) for steps in lives))
    workspace_set = await facade.list(owner=ASKER.owner)
    assert (workspace_set.default is None) == (not workspace_set.workspaces)
    assert workspace_set.revision == len(done) == len(database.audit)
    assert len(workspace_set.workspaces) <= ALLOWED
    assert set(database.records.get("workspaces", {})) == {
        one.id for one in workspace_set.workspaces
    }
    for one in workspace_set.workspaces:
        kept = await facade.restore(owner=ASKER.owner, workspace_id=one.id)
        assert Layout.read(kept.workspace.layout).sha256 == one.sha256
        assert kept.is_default == (workspace_set.default_id == one.id)
