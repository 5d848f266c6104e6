"""Heads kept outside are read back, and only those that we wrote."""

import json
from uuid import UUID

import pytest

from domain.audit.anchoring import (
    HEADS_KEPT_MAX,
    AnchorKind,
    AnchorRecord,
    Anchors,
    anchor_line,
    anchor_record,
)
from domain.audit.chain import FaultKind, Head
from domain.audit.macs import UnknownKey, audit_keys
from tests import builders

KEYS = audit_keys(b"1" * 32)
TENANT = UUID(int=9)


def head(position: int) -> Head:
    return Head(tenant_id=TENANT, position=position, link=position.to_bytes(32, "big"))


def line(position: int, kind: AnchorKind = AnchorKind.HEAD) -> str:
    return anchor_line(AnchorRecord(kind=kind, head=head(position), at=builders.AT), keys=KEYS)


def read(*lines: str) -> Anchors:
    return Anchors().take_all(lines, keys=KEYS)


def test_a_record_comes_back_as_it_was() -> None:
    record = AnchorRecord(kind=AnchorKind.HEAD, head=head(5), at=builders.AT)
    assert anchor_record(line(5), keys=KEYS) == record


@pytest.mark.parametrize("name", ["kind", "tenant", "position", "link", "at", "v"])
def test_no_part_of_a_record_can_be_changed(name: str) -> None:
    said = json.loads(line(5))
    other = json.loads(line(6, AnchorKind.RESTORED))
    other |= {"tenant": str(UUID(int=8)), "at": "2020-01-01T00:00:00+00:00", "v": "2"}
    said[name] = other[name]
    with pytest.raises(ValueError, match="signature"):
        anchor_record(json.dumps(said), keys=KEYS)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "nonsense", '{"mac": "zz"}'])
def test_what_is_no_record_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no record"):
        anchor_record(text, keys=KEYS)
    assert [fault.kind for fault in read(text).faults] == [FaultKind.ANCHOR]


def test_another_key_is_told_as_that() -> None:
    with pytest.raises(UnknownKey):
        anchor_record(line(5), keys=audit_keys(b"2" * 32))


def test_heads_ascend_and_an_old_one_shown_again_is_a_fault() -> None:
    assert [one.position for one in read(line(1), line(3), line(3), line(9)).heads[TENANT]] == [
        1,
        3,
        9,
    ]
    assert [fault.kind for fault in read(line(9), line(3)).faults] == [FaultKind.ANCHOR]


def test_a_restore_sets_the_chain_back_without_a_fault() -> None:
    found = read(line(5), line(9), line(6, AnchorKind.RESTORED), line(7))
    assert found.faults == []
    assert [one.position for one in found.heads[TENANT]] == [5, 6, 7]
    assert found.vouched[TENANT].position == 6


def test_many_heads_are_thinned_and_the_last_is_kept() -> None:
    last = HEADS_KEPT_MAX + 10
    found = read(*(line(position) for position in range(1, last + 1)))
    kept = found.heads[TENANT]
    assert len(kept) <= HEADS_KEPT_MAX
    assert (kept[0].position, kept[-1].position) == (1, last)
