"""An engine's file is read only where this installation built it, for just this."""

import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from adapters.gpu.tensorrt.plans import (
    FILES_MAX,
    KEY_FILE,
    PLAN,
    TIMING,
    BuiltFor,
    KeyCorrupt,
    PlanStore,
)

FOR = BuiltFor(
    model_sha256="ab" * 32,
    tensorrt="10.14.1",
    compute_capability="9.0",
    device="H100",
    driver="13000 NVRM 580.65",
    profile='{"x": [[1, 4], [32, 4], [32, 4]]}',
    precision="as the model",
)
BODY = b"an engine" * 1_000


def kept(folder: Path) -> tuple[PlanStore, list[str]]:
    """Return a store with one engine, and what it tells."""
    told: list[str] = []
    store = PlanStore(folder=folder / "engines", key_file=folder / KEY_FILE, told=told.append)
    store.write(FOR, BODY)
    return store, told


def test_what_was_built_is_read_again(tmp_path: Path) -> None:
    store, told = kept(tmp_path)
    again = PlanStore(folder=store.folder, key_file=store.key_file, told=told.append)
    assert again.read(FOR) == BODY
    assert again.read(FOR, kind=TIMING) is None
    assert told == []
    modes = [one.stat().st_mode & 0o077 for one in (store.key_file, *store.folder.iterdir())]
    assert modes == [0, 0]


@pytest.mark.parametrize("part", [one.name for one in fields(BuiltFor)])
def test_each_part_of_what_it_is_for_changes_its_name(tmp_path: Path, part: str) -> None:
    store, told = kept(tmp_path)
    other = replace(FOR, **{part: getattr(FOR, part) + "0"})
    assert other.name != FOR.name
    assert store.read(other) is None
    assert told == []


def test_parts_do_not_run_into_each_other() -> None:
    one = replace(FOR, tensorrt="10.1", compute_capability="49.0")
    other = replace(FOR, tensorrt="10.14", compute_capability="9.0")
    assert one.name != other.name


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_a_changed_file_is_told_and_not_read(tmp_path: Path, place: int) -> None:
    store, told = kept(tmp_path)
    [file] = store.folder.iterdir()
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert store.read(FOR) is None
    assert [file.name in one for one in told] == [True]


@pytest.mark.parametrize("length", [0, 5, 40, 49, 1_000])
def test_a_file_that_is_cut_off_is_told_and_not_read(tmp_path: Path, length: int) -> None:
    store, told = kept(tmp_path)
    [file] = store.folder.iterdir()
    file.write_bytes(file.read_bytes()[:length])
    assert store.read(FOR) is None
    assert len(told) == 1


def test_a_file_in_anothers_place_is_told_and_not_read(tmp_path: Path) -> None:
    store, told = kept(tmp_path)
    other = replace(FOR, driver="another")
    store.write(other, b"an engine for another driver")
    (store.folder / f"{other.name}{PLAN}").replace(store.folder / f"{FOR.name}{PLAN}")
    assert store.read(FOR) is None
    # Nor are timings taken for an engine.
    store.write(FOR, b"timings", kind=TIMING)
    (store.folder / f"{FOR.name}{TIMING}").replace(store.folder / f"{FOR.name}{PLAN}")
    assert store.read(FOR) is None
    assert len(told) == 2


def test_the_file_of_another_installation_is_told_and_not_read(tmp_path: Path) -> None:
    ours, told = kept(tmp_path / "ours")
    theirs, _ = kept(tmp_path / "theirs")
    [file] = theirs.folder.iterdir()
    (ours.folder / file.name).write_bytes(file.read_bytes())
    assert ours.read(FOR) is None
    assert len(told) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    store, told = kept(tmp_path)
    [file] = store.folder.iterdir()
    file.replace(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert store.read(FOR) is None
    assert len(told) == 1


def test_what_was_refused_can_be_kept_anew(tmp_path: Path) -> None:
    store, _ = kept(tmp_path)
    [file] = store.folder.iterdir()
    file.write_bytes(b"")
    store.write(FOR, b"anew")
    assert store.read(FOR) == b"anew"
    store.forget(FOR)
    assert store.read(FOR) is None
    store.forget(FOR)


def test_a_key_that_is_none_is_named_and_nothing_is_read_or_kept(tmp_path: Path) -> None:
    store, _ = kept(tmp_path)
    store.key_file.write_bytes(b"short")
    with pytest.raises(KeyCorrupt, match=KEY_FILE):
        store.read(FOR)
    with pytest.raises(KeyCorrupt, match="5"):
        store.write(FOR, BODY)


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    store, _ = kept(tmp_path)
    [first] = store.folder.iterdir()
    os.utime(first, ns=(1, 1))
    for number in range(FILES_MAX):
        store.write(replace(FOR, profile=str(number)), b"one")
    assert len(list(store.folder.iterdir())) == FILES_MAX
    assert store.read(FOR) is None
    assert store.read(replace(FOR, profile="0")) == b"one"
