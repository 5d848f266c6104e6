"""A chain that was touched says where and how; one that was not says nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.audit.chain import (
    NO_PROOF,
    ChainCheck,
    Fault,
    FaultKind,
    Head,
    Link,
    WrittenEntry,
    fault_of_entry,
    linked,
)
from domain.audit.macs import START, audit_keys, link_bytes

KEYS = audit_keys(b"1" * 32, b"2" * 32)
STRANGE = audit_keys(b"3" * 32).current
TENANT, OTHER = UUID(int=7), UUID(int=8)
Pairs = list[tuple[Link, WrittenEntry | None]]


def written(seq: int, *, tenant_id: UUID = TENANT, proven: bool = True) -> WrittenEntry:
    content = f"entry {seq}".encode()
    return WrittenEntry(
        seq=seq,
        id=UUID(int=100 + seq),
        tenant_id=tenant_id,
        content=content,
        key_id=KEYS.current.id if proven else "",
        mac=KEYS.current.entry(content) if proven else b"",
    )


def chain(count: int, *, old: int = 0) -> Pairs:
    """Link so many entries; the first `old` of them are older than the chain."""
    entries = [written(seq, proven=seq > old) for seq in range(1, count + 1)]
    links = linked(entries, heads={}, key=KEYS.current, adopt_up_to=old)
    return list(zip(links, entries, strict=True))


def looked(pairs: Pairs, check: ChainCheck | None = None) -> list[tuple[int, FaultKind, str]]:
    check = check or ChainCheck(tenant_id=TENANT, keys=KEYS)
    found = [fault for link, entry in pairs for fault in check.look(link, entry)]
    return [(one.position, one.kind, one.problem) for one in [*found, *check.end()]]


def head_at(pairs: Pairs, position: int) -> Head:
    link = pairs[position - 1][0]
    return Head(tenant_id=TENANT, position=position, link=link.link)


def test_links_follow_each_other_in_each_tenants_chain() -> None:
    entries = [written(1), written(2, tenant_id=OTHER), written(3)]
    first, other, second = linked(entries, heads={}, key=KEYS.current, adopt_up_to=0)
    assert [one.position for one in (first, other, second)] == [1, 1, 2]
    assert [one.tenant_id for one in (first, other, second)] == [TENANT, OTHER, TENANT]
    for link, entry, previous in (
        (first, entries[0], START),
        (other, entries[1], START),
        (second, entries[2], first.link),
    ):
        said = link_bytes(
            tenant_id=entry.tenant_id,
            position=link.position,
            previous=previous,
            entry_id=entry.id,
            mac=entry.mac,
            adopted=False,
        )
        assert link == Link(
            tenant_id=entry.tenant_id,
            position=link.position,
            seq=entry.seq,
            entry_id=entry.id,
            mac=entry.mac,
            key_id=KEYS.current.id,
            adopted=False,
            link=KEYS.current.link(said),
        )


def test_a_chain_goes_on_behind_its_head_and_passes_over_what_it_has() -> None:
    pairs = chain(3)
    third = pairs[2][0]
    head = Head(tenant_id=TENANT, position=2, link=pairs[1][0].link, seq=2)
    entries = [entry for _, entry in pairs if entry is not None]
    assert linked(entries, heads={TENANT: head}, key=KEYS.current, adopt_up_to=0) == [third]


def test_only_what_is_older_than_the_chain_is_adopted() -> None:
    entries = [written(1, proven=False), written(2, proven=False), written(2), written(3)]
    old, late, _, proven = [
        linked([one], heads={}, key=KEYS.current, adopt_up_to=1)[0] for one in entries
    ]
    assert (old.adopted, old.mac) == (True, KEYS.current.entry(b"entry 1"))
    assert (late.adopted, late.mac) == (False, NO_PROOF)
    assert (proven.adopted, proven.mac) == (False, entries[3].mac)
    assert bytes(32) == NO_PROOF
    # What has a proof keeps it, however old it is.
    (kept,) = linked([written(1)], heads={}, key=KEYS.current, adopt_up_to=5)
    assert (kept.adopted, kept.mac) == (False, written(1).mac)


def test_an_untouched_chain_has_no_fault() -> None:
    pairs = chain(5, old=2)
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[head_at(pairs, 2), head_at(pairs, 5)])
    assert looked(pairs, check) == []
    assert (check.looked_at, check.adopted, check.unproven) == (5, 2, 0)
    last = pairs[-1][0]
    assert check.head == Head(tenant_id=TENANT, position=5, link=last.link, seq=5)


def test_a_look_may_begin_behind_a_place() -> None:
    pairs = chain(4)
    after = replace(head_at(pairs, 2), seq=2)
    anchors = [head_at(pairs, 1), head_at(pairs, 2), head_at(pairs, 3)]
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=anchors, after=after)
    assert check.head == after
    assert looked(pairs[2:], check) == []
    wrong = replace(anchors[1], link=b"x" * 32)
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[wrong], after=after)
    anchored = "the link is another than the one that was anchored"
    # Told once, with the first place that is looked at.
    assert looked(pairs[2:], check) == [(2, FaultKind.ANCHOR, anchored)]
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[wrong], after=after)
    assert [(one.position, one.problem) for one in check.end()] == [(2, anchored)]


@pytest.mark.parametrize(("gone", "said"), [([2], "no link at 2"), ([2, 3], "no link at 2 to 3")])
def test_links_that_are_gone_are_named(gone: Sequence[int], said: str) -> None:
    pairs = [pair for pair in chain(5) if pair[0].position not in gone]
    assert looked(pairs) == [(2, FaultKind.MISSING, said)]


def test_an_entry_that_is_gone_is_named() -> None:
    pairs = chain(2)
    pairs[1] = (pairs[1][0], None)
    assert looked(pairs) == [(2, FaultKind.MISSING, f"entry {UUID(int=102)} is gone")]


def test_a_second_link_at_a_place_is_told() -> None:
    first, second = chain(2)
    found = looked([first, second, second])
    assert (2, FaultKind.INSERTED, "a second link at this place") in found
    assert {kind for _, kind, _ in found} == {FaultKind.INSERTED, FaultKind.REORDERED}


def test_an_entry_written_before_the_one_in_front_is_told() -> None:
    pairs = chain(2)
    link, entry = pairs[1]
    for seq, is_told in ((0, True), (1, True), (2, False)):
        found = looked([pairs[0], (replace(link, seq=seq), entry)])
        early = (
            2,
            FaultKind.REORDERED,
            "its entry was written before that of the place before",
        )
        assert found == ([early] if is_told else [])


@pytest.mark.parametrize(
    "change",
    [
        {"entry_id": UUID(int=999)},
        {"link": b"x" * 32},
        {"mac": b"y" * 32},
        {"adopted": True},
        {"key_id": KEYS.named(next(iter(KEYS.by_id))).id},
    ],
)
def test_no_part_of_a_link_can_be_changed(change: dict[str, Any]) -> None:
    pairs = chain(2)
    pairs[1] = (replace(pairs[1][0], **change), pairs[1][1])
    edited = "the link does not follow from the place before: it was edited or moved"
    assert (2, FaultKind.REORDERED, edited) in looked(pairs)


def test_a_key_that_is_not_here_is_told_for_the_link_and_the_entry() -> None:
    link, entry = chain(1)[0]
    assert entry is not None
    assert looked([(replace(link, key_id="gone"), entry)]) == [
        (1, FaultKind.UNKNOWN_KEY, "the link's key gone is not here")
    ]
    assert looked([(link, replace(entry, key_id=""))]) == [
        (1, FaultKind.UNKNOWN_KEY, f"entry {entry.id}: key (none) is not here")
    ]


def test_another_entry_in_a_place_is_told() -> None:
    link, entry = chain(1)[0]
    assert entry is not None
    for changed in (replace(entry, id=UUID(int=5)), replace(entry, tenant_id=OTHER)):
        assert looked([(link, changed)]) == [
            (1, FaultKind.REORDERED, f"entry {changed.id} stands in the place of {entry.id}")
        ]


def test_an_edited_entry_and_one_with_another_proof_are_told() -> None:
    link, entry = chain(1)[0]
    assert entry is not None
    edited = (1, FaultKind.EDITED, f"entry {entry.id} is not as it was written")
    another = (1, FaultKind.EDITED, f"entry {entry.id} is not the one that was linked")
    assert looked([(link, replace(entry, content=b"other"))]) == [edited]
    mine = KEYS.current.entry(b"other")
    assert looked([(link, replace(entry, content=b"other", mac=mine))]) == [another]
    assert looked([(link, replace(entry, mac=b"z" * 32))]) == [edited, another]


def test_an_entry_without_a_proof_is_told_once() -> None:
    entry = written(1, proven=False)
    (link,) = linked([entry], heads={}, key=KEYS.current, adopt_up_to=0)
    inserted = (
        1,
        FaultKind.INSERTED,
        f"entry {entry.id} has no proof: we did not write it",
    )
    assert looked([(link, entry)]) == [inserted]
    # Its proof was taken away after it was linked: that is told too.
    proven, full = chain(1)[0]
    assert full is not None
    assert looked([(proven, replace(full, mac=b""))]) == [
        inserted,
        (1, FaultKind.EDITED, f"entry {entry.id} is not the one that was linked"),
    ]


def test_nothing_is_adopted_behind_a_signed_entry() -> None:
    (old, old_entry), (signed, signed_entry) = chain(1, old=1)[0], chain(1)[0]
    assert old_entry is not None
    late_entry = replace(written(2, proven=False))
    head = Head(tenant_id=TENANT, position=1, link=signed.link, seq=1)
    (late,) = linked([late_entry], heads={TENANT: head}, key=KEYS.current, adopt_up_to=9)
    assert looked([(signed, signed_entry), (late, late_entry)]) == [
        (2, FaultKind.INSERTED, f"entry {late_entry.id} was adopted behind signed ones")
    ]
    given = replace(old_entry, mac=b"m" * 32)
    assert looked([(old, given)]) == [
        (1, FaultKind.EDITED, f"entry {old_entry.id} was given a proof after it was adopted")
    ]
    assert looked([(old, replace(old_entry, content=b"other"))]) == [
        (1, FaultKind.EDITED, f"entry {old_entry.id} is not as it was written")
    ]


def test_a_chain_that_ends_before_an_anchor_was_cut() -> None:
    pairs = chain(5)
    anchors = [head_at(pairs, position) for position in (2, 4, 5)]
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=anchors)
    cut = "the chain ends at 3, but was anchored at 5"
    assert looked(pairs[:3], check) == [(4, FaultKind.TRUNCATED, cut)]
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=anchors)
    assert looked([], check) == [
        (1, FaultKind.TRUNCATED, "the chain ends at 0, but was anchored at 5")
    ]


def test_each_anchor_is_held_against_its_place() -> None:
    pairs = chain(3)
    anchors = [
        replace(head_at(pairs, 2), link=b"x" * 32),
        head_at(pairs, 3),
    ]
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=anchors)
    assert looked(pairs, check) == [
        (2, FaultKind.ANCHOR, "the link is another than the one that was anchored")
    ]


def test_up_to_a_restore_a_lost_key_is_counted_and_not_blamed() -> None:
    entries = [written(seq) for seq in (1, 2)]
    lost = linked(entries, heads={}, key=STRANGE, adopt_up_to=0)
    vouched = Head(tenant_id=TENANT, position=1, link=lost[0].link)
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[vouched], vouched=vouched)
    found = looked(list(zip(lost, entries, strict=True)), check)
    assert found == [(2, FaultKind.UNKNOWN_KEY, f"the link's key {STRANGE.id} is not here")]
    assert check.unproven == 1
    # What is wrong otherwise is told there as well.
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[vouched], vouched=vouched)
    gone = (1, FaultKind.MISSING, f"entry {entries[0].id} is gone")
    assert looked([(lost[0], None)], check) == [gone]
    assert check.unproven == 1


def test_a_fault_says_itself_in_one_line() -> None:
    fault = Fault(tenant_id=TENANT, position=3, kind=FaultKind.UNKNOWN_KEY, problem="why")
    assert str(fault) == f"tenant {TENANT}, position 3: unknown key: why"
    outside = replace(fault, position=0, kind=FaultKind.ANCHOR)
    assert str(outside) == f"tenant {TENANT}, outside the chain: anchor: why"
    assert [kind.value for kind in FaultKind] == [
        *("edited", "missing", "reordered", "inserted", "truncated", "unknown key", "anchor")
    ]


def test_an_entry_by_itself_is_right_or_says_why() -> None:
    entry = written(1)
    assert fault_of_entry(entry, mac=entry.mac, key_id=entry.key_id, keys=KEYS) is None
    said = fault_of_entry(entry, mac=b"", key_id=entry.key_id, keys=KEYS)
    assert said == (FaultKind.INSERTED, f"entry {entry.id} has no proof: we did not write it")
