"""Tests write to memory only where there is room for them, or where they are told to."""

import os
from pathlib import Path

import pytest

from tests.scratch import ROOM_BYTES, VARIABLE, has_room, scratch

BLOCK = 4096
MEGABYTE = 1024**2


def found(*, free: int = ROOM_BYTES, flags: int = 0) -> os.statvfs_result:
    """Return what the system says of a folder with so much room."""
    blocks = free // BLOCK
    return os.statvfs_result((BLOCK, BLOCK, 2 * blocks, blocks, blocks, 9, 9, 9, flags, 255))


def told(available: int) -> str:
    """Return what the kernel says of its memory."""
    return f"MemTotal: 99999999 kB\nMemAvailable:  {available // 1024} kB\nHugePages_Free: 0\n"


@pytest.mark.parametrize(
    ("folder", "available", "fits"),
    [
        (found(), ROOM_BYTES, True),
        (found(free=ROOM_BYTES - MEGABYTE), ROOM_BYTES, False),
        (found(), ROOM_BYTES - MEGABYTE, False),
        (found(flags=os.ST_NOEXEC), ROOM_BYTES, False),
        (found(flags=os.ST_NOSUID), ROOM_BYTES, True),
    ],
)
def test_memory_is_taken_where_all_of_it_fits_and_programs_run(
    folder: os.statvfs_result, available: int, fits: bool
) -> None:
    assert has_room(folder, memory_info=told(available)) is fits


def test_a_kernel_that_does_not_say_what_is_free_has_no_room() -> None:
    assert not has_room(found(), memory_info="MemTotal: 99999999 kB\n")


def test_a_named_folder_comes_first_and_an_empty_name_is_the_systems_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert scratch() == tmp_path
    monkeypatch.setenv(VARIABLE, "")
    assert scratch() is None


def test_where_there_is_no_such_folder_nothing_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert scratch(memory=tmp_path / "none") is None
