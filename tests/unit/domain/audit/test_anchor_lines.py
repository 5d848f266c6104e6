"""An anchor's line is held byte for byte, and every line that is wrong says why."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any
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
from domain.audit.chain import Fault, FaultKind, Head
from domain.audit.macs import audit_key, audit_keys

MASTER = b"1" * 32
KEYS = audit_keys(MASTER)
TENANT, OTHER, NOBODY = UUID(int=9), UUID(int=8), UUID(int=0)
AT = datetime(2026, 3, 2, 14, tzinfo=UTC)


def head(position: int, *, tenant_id: UUID = TENANT, mark: int = 0) -> Head:
    link = (position + (mark << 64)).to_bytes(32, "big")
    return Head(tenant_id=tenant_id, position=position, link=link)


def line(one: Head, kind: AnchorKind = AnchorKind.HEAD) -> str:
    return anchor_line(AnchorRecord(kind=kind, head=one, at=AT), keys=KEYS)


def signed(**changes: Any) -> str:
    """Return a line with a right signature, whatever it says."""
    said: dict[str, Any] = json.loads(line(head(5))) | changes
    names = ("v", "kind", "tenant", "position", "link", "at", "key")
    text = "ballast.audit.anchor.1 " + " ".join(str(said[name]) for name in names)
    return json.dumps(said | {"mac": KEYS.current.anchor(text.encode()).hex()})


def test_a_record_is_written_so_for_ever() -> None:
    key_id = audit_key(MASTER).id
    link = "00" * 31 + "05"
    text = f"ballast.audit.anchor.1 1 restored {TENANT} 5 {link} 2026-03-02T14:00:00+00:00 {key_id}"
    derived = hmac.digest(MASTER, b"ballast.audit.key.1 anchor", "sha256")
    mac = hmac.digest(derived, text.encode(), "sha256").hex()
    assert line(head(5), AnchorKind.RESTORED) == (
        f'{{"v":"1","kind":"restored","tenant":"{TENANT}","position":"5","link":"{link}",'
        f'"at":"2026-03-02T14:00:00+00:00","key":"{key_id}","mac":"{mac}"}}'
    )
    assert [kind.value for kind in AnchorKind] == ["head", "restored"]


@pytest.mark.parametrize(
    "changes", [{"position": "-1"}, {"link": "00" * 31}, {"link": "00" * 33}, {"link": ""}]
)
def test_a_signed_record_must_name_a_place(changes: dict[str, str]) -> None:
    assert anchor_record(signed(), keys=KEYS).head == head(5)
    assert anchor_record(signed(position="0"), keys=KEYS).head.position == 0
    with pytest.raises(ValueError, match=r"^it names no place of a chain$"):
        anchor_record(signed(**changes), keys=KEYS)


@pytest.mark.parametrize("name", ["kind", "tenant", "position", "link", "at", "key", "mac"])
def test_a_record_lacks_nothing(name: str) -> None:
    said = json.loads(line(head(5)))
    del said[name]
    with pytest.raises(ValueError, match=r"^it is no record of ours$"):
        anchor_record(json.dumps(said), keys=KEYS)


def test_each_wrong_line_is_told_by_its_number() -> None:
    wrong = json.dumps(json.loads(line(head(5))) | {"position": "6"})
    strange = anchor_line(
        AnchorRecord(kind=AnchorKind.HEAD, head=head(7), at=AT), keys=audit_keys(b"2" * 32)
    )
    found = Anchors().take_all([line(head(1)), "nonsense", wrong, strange], keys=KEYS)
    lost = audit_key(b"2" * 32).id
    assert found.faults == [
        Fault(tenant_id=NOBODY, position=0, kind=kind, problem=problem)
        for kind, problem in (
            (FaultKind.ANCHOR, "anchor 2: it is no record of ours"),
            (FaultKind.ANCHOR, "anchor 3: its signature is wrong"),
            (FaultKind.UNKNOWN_KEY, f"anchor 4: key {lost} is not here"),
        )
    ]
    assert (found.records, found.heads) == (4, {TENANT: [head(1)]})


def test_a_head_that_is_older_than_the_last_was_replayed() -> None:
    found = Anchors().take_all([line(head(5)), line(head(4)), line(head(6))], keys=KEYS)
    assert found.faults == [
        Fault(
            tenant_id=TENANT,
            position=4,
            kind=FaultKind.ANCHOR,
            problem="anchor 2 is older than the one before: it was replayed",
        )
    ]
    assert found.heads == {TENANT: [head(5), head(6)]}


def test_two_heads_of_one_place_are_told_and_the_same_one_twice_is_not() -> None:
    lines = [line(head(5)), line(head(5)), line(head(5, mark=1))]
    found = Anchors().take_all(lines, keys=KEYS)
    assert found.faults == [
        Fault(
            tenant_id=TENANT,
            position=5,
            kind=FaultKind.ANCHOR,
            problem="anchor 3: two heads were anchored for this place",
        )
    ]
    assert found.heads == {TENANT: [head(5)]}


def test_tenants_do_not_mix() -> None:
    lines = [line(head(9)), line(head(2, tenant_id=OTHER)), line(head(10))]
    found = Anchors().take_all(lines, keys=KEYS)
    assert (found.faults, found.restored, found.vouched) == ([], [], {})
    assert found.heads == {TENANT: [head(9), head(10)], OTHER: [head(2, tenant_id=OTHER)]}


def test_a_restore_takes_back_the_heads_behind_it_alone() -> None:
    lines = [line(head(5)), line(head(9)), line(head(9, mark=0)), line(head(12))]
    restored = line(head(9), AnchorKind.RESTORED)
    found = Anchors().take_all([*lines, restored], keys=KEYS)
    assert (found.faults, found.heads) == ([], {TENANT: [head(5), head(9)]})
    assert found.vouched == {TENANT: head(9)}
    assert [one.head for one in found.restored] == [head(9)]
    # Of a place that was anchored otherwise it is told, restore or not.
    other = line(head(9, mark=1), AnchorKind.RESTORED)
    assert len(Anchors().take_all([*lines, other], keys=KEYS).faults) == 1


def test_a_restore_to_nothing_leaves_no_head() -> None:
    found = Anchors().take_all([line(head(3)), line(head(0), AnchorKind.RESTORED)], keys=KEYS)
    assert (found.faults, found.heads) == ([], {TENANT: []})
    assert found.vouched == {TENANT: head(0)}


def test_every_second_of_too_many_heads_goes_but_the_ends() -> None:
    assert HEADS_KEPT_MAX == 4_096
    found = Anchors()
    found.heads[TENANT] = [head(position) for position in range(1, 4_096)]
    found.take(line(head(4_096)), keys=KEYS)
    assert len(found.heads[TENANT]) == 4_096
    found.take(line(head(4_097)), keys=KEYS)
    kept = [one.position for one in found.heads[TENANT]]
    assert kept == [*range(1, 4_097, 2), 4_097]
