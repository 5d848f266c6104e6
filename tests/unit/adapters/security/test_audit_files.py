"""Audit keys and anchors are files of ours, whole or not at all."""

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.security.anchor_file import LINE_CHARACTERS_MAX, NAME, AnchorFile, anchored_lines
from adapters.security.audit_keys import (
    UnusableAuditKeys,
    add_audit_key,
    audit_keys_from,
    load_audit_keys,
    load_or_create_audit_keys,
)
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors, anchor_line
from domain.audit.chain import Head
from domain.audit.macs import audit_keys
from ports.audit import AnchorUnavailable
from tests import builders

KEYS = audit_keys(b"1" * 32)


def record(position: int) -> AnchorRecord:
    head = Head(tenant_id=UUID(int=9), position=position, link=position.to_bytes(32, "big"))
    return AnchorRecord(kind=AnchorKind.HEAD, head=head, at=builders.AT)


def test_a_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.keys"
    made = load_or_create_audit_keys(path)
    assert load_or_create_audit_keys(path).current.id == made.current.id
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["audit.keys"]


def test_a_key_that_is_added_signs_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "audit.keys"
    first = load_or_create_audit_keys(path).current.id
    second = add_audit_key(path).current.id
    keys = load_audit_keys(path)
    assert keys.current.id == second != first
    assert set(keys.by_id) == {first, second}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.keys"
    load_or_create_audit_keys(path)
    path.chmod(0o640)
    with pytest.raises(UnusableAuditKeys, match="read by others"):
        load_audit_keys(path)


@pytest.mark.parametrize("text", ["", "\n", "abc", "g" * 64, "1" * 63])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UnusableAuditKeys) as told:
        audit_keys_from(text, source="audit.keys")
    assert len(text) < 3 or text not in str(told.value)


async def test_anchors_are_appended_and_read_in_their_order(tmp_path: Path) -> None:
    target = AnchorFile(folder=tmp_path / "elsewhere", read_keys=lambda: KEYS)
    assert await target.is_empty()
    await target.append([record(1), record(2)])
    await target.append([record(5)])
    assert not await target.is_empty()
    found = Anchors().take_all(anchored_lines(tmp_path / "elsewhere"), keys=KEYS)
    assert found.faults == []
    assert [one.position for one in found.heads[UUID(int=9)]] == [1, 2, 5]
    assert (tmp_path / "elsewhere" / NAME).stat().st_mode & 0o777 == 0o600


async def test_half_a_line_of_a_crash_neither_counts_nor_swallows_the_next(tmp_path: Path) -> None:
    target = AnchorFile(folder=tmp_path, read_keys=lambda: KEYS)
    await target.append([record(1)])
    with (tmp_path / NAME).open("a") as file:
        file.write('{"v":"1","kind":"he')
    assert len(list(anchored_lines(tmp_path))) == 1
    await target.append([record(2)])
    found = Anchors().take_all(anchored_lines(tmp_path), keys=KEYS)
    assert [one.position for one in found.heads[UUID(int=9)]] == [1, 2]


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    target = AnchorFile(folder=tmp_path / "taken", read_keys=lambda: KEYS)
    with pytest.raises(AnchorUnavailable):
        await target.append([record(1)])


def test_the_limits_of_the_files_are_held(tmp_path: Path) -> None:
    assert (LINE_CHARACTERS_MAX, NAME) == (1_024, "audit-heads.jsonl")
    assert list(anchored_lines(tmp_path)) == []
    # A line that is too long comes in pieces, none of which is a record.
    (tmp_path / NAME).write_bytes(b"x" * 1_500 + b"\n\xff\xe9\nhalf")
    pieces = list(anchored_lines(tmp_path))
    assert [len(one) for one in pieces] == [1_024, 477, 3]
    assert pieces[-1] == "\ufffd\ufffd\n"


async def test_an_anchor_file_is_made_with_its_folders_for_us_alone(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    target = AnchorFile(folder=folder, read_keys=lambda: KEYS)
    assert target.name == str(folder / NAME)
    await target.append([record(1)])
    assert folder.stat().st_mode & 0o777 == 0o700
    numbered = replace(record(1), number=1)
    assert (folder / NAME).read_text() == f"{anchor_line(numbered, keys=KEYS)}\n"
    (tmp_path / "file").write_text("")
    for method in ("append", "is_empty"):
        wrong = AnchorFile(folder=tmp_path / "file", read_keys=lambda: KEYS)
        if method == "append":
            with pytest.raises(AnchorUnavailable) as told:
                await wrong.append([record(1)])
            assert str(told.value).startswith(f"{tmp_path / 'file' / NAME}: ")
            assert not str(told.value).endswith("None")
        else:
            assert await wrong.is_empty()


async def test_a_file_that_grows_is_thinned_and_goes_on_with_its_numbers(tmp_path: Path) -> None:
    target = AnchorFile(folder=tmp_path, read_keys=lambda: KEYS, thin_after_bytes=20_000)
    sizes = []
    for first in range(1, 801, 20):
        of_ten_minutes = [
            replace(record(position), at=builders.AT + timedelta(seconds=30 * position))
            for position in range(first, first + 20)
        ]
        await target.append(of_ten_minutes)
        sizes.append((tmp_path / NAME).stat().st_size)
    assert await target.count() == 800
    # Of 800 heads the last hour's 120 stay, and a few an hour before.
    assert max(sizes) < 80_000 < 800 * 290
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [NAME]
    found = Anchors().take_all(anchored_lines(tmp_path), keys=KEYS)
    found.hold_against(800)
    assert found.faults == []
    # Another process counts the same, and what was harmed is left as it is.
    other = AnchorFile(folder=tmp_path, read_keys=lambda: KEYS, thin_after_bytes=1)
    assert await other.count() == 800
    lines = (tmp_path / NAME).read_text().splitlines(keepends=True)
    (tmp_path / NAME).write_text("".join(lines[:50] + lines[51:]))
    await other.append([replace(record(801), at=builders.AT + timedelta(days=9))])
    assert len((tmp_path / NAME).read_text().splitlines()) == len(lines)


async def test_a_file_that_was_taken_away_goes_on_behind_what_was_counted(tmp_path: Path) -> None:
    target = AnchorFile(folder=tmp_path, read_keys=lambda: KEYS)
    assert await target.append([record(1), record(2), record(3)]) == 3
    (tmp_path / NAME).unlink()
    assert await target.count() == 0
    assert await target.append([record(4)], after=3) == 4
    found = Anchors().take_all(anchored_lines(tmp_path), keys=KEYS)
    assert [one.problem for one in found.faults] == ["anchor 1: those from 1 to 3 are missing"]


def test_a_key_file_is_made_with_its_folder_and_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "audit.keys"
    load_or_create_audit_keys(path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    # Blank lines around the keys stay as they are.
    path.write_text(f"\n  {path.read_text().strip()}\n\n")
    before = path.read_text()
    add_audit_key(path)
    assert re.fullmatch(re.escape(before.rstrip()) + r"\n[0-9a-f]{64}\n", path.read_text())
    said = f"{path} must hold keys of 64 hexadecimal digits, one a line"
    path.write_bytes(b"\xff" * 64)
    with pytest.raises(UnusableAuditKeys) as told:
        load_audit_keys(path)
    assert str(told.value) == said
    path.chmod(0o604)
    with pytest.raises(UnusableAuditKeys) as told:
        load_audit_keys(path)
    assert str(told.value) == (
        f"{path} can be read by others (mode 604): run `chmod 600 {path}`, then"
        " `ballast audit rotate`, as others may have read it"
    )
    with pytest.raises(FileNotFoundError):
        load_audit_keys(tmp_path / "absent")
    with pytest.raises(UnusableAuditKeys, match=r"^.* cannot be read: Is a directory$"):
        load_audit_keys(tmp_path)


def test_a_key_that_another_process_made_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.keys"
    other: list[str] = []

    def link(beside: Path, at: Path) -> None:
        # Between the look and the link, somebody else was faster.
        text = f"{'a' * 64}\n"
        at.write_text(text)
        at.chmod(0o600)
        other.append(text)
        raise FileExistsError

    monkeypatch.setattr(os, "link", link)
    made = load_or_create_audit_keys(path)
    assert other
    assert made.current.id == audit_keys(bytes.fromhex("a" * 64)).current.id
    assert [one.name for one in tmp_path.iterdir()] == ["audit.keys"]


def test_as_many_keys_as_fit_are_read_and_separators_are_free() -> None:
    first, second = "1" * 64, "2" * 64
    for text in (f"{first},{second}", f" {first}\t{second}\n", f"{first},, {second},"):
        keys = audit_keys_from(text, source="x")
        assert keys.current.id == audit_keys(bytes.fromhex(second)).current.id
        assert len(keys.by_id) == 2
