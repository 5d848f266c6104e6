"""Audit keys and anchors are files of ours, whole or not at all."""

from pathlib import Path
from uuid import UUID

import pytest

from adapters.security.anchor_file import NAME, AnchorFile, anchored_lines
from adapters.security.audit_keys import (
    UnusableAuditKeys,
    add_audit_key,
    audit_keys_from,
    load_audit_keys,
    load_or_create_audit_keys,
)
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors
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
