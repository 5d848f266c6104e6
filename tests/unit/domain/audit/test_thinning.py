"""What is left out of an anchor is accounted for, and what is kept proves the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.audit.anchoring import (
    AnchorKind,
    AnchorRecord,
    Anchors,
    Gap,
    GapKind,
    anchor_line,
    anchored,
    gap_line,
)
from domain.audit.chain import Head
from domain.audit.macs import audit_keys
from domain.audit.thinning import EVERY_FOR, thinned

KEYS = audit_keys(b"1" * 32)
END = datetime(2026, 3, 2, 14, tzinfo=UTC)
TENANTS = (UUID(int=1), UUID(int=2))


def records(ages_s: Sequence[int], *, numbered: bool = True) -> list[AnchorRecord]:
    """Return a record for each age, the oldest first, of two chains in turn."""
    return [
        AnchorRecord(
            kind=AnchorKind.HEAD,
            head=Head(
                tenant_id=TENANTS[number % 2], position=number, link=number.to_bytes(32, "big")
            ),
            at=END - timedelta(seconds=age),
            number=number if numbered else 0,
        )
        for number, age in enumerate(sorted(ages_s, reverse=True), 1)
    ]


def lines(of: Sequence[AnchorRecord | Gap]) -> list[str]:
    return [
        gap_line(one, keys=KEYS) if isinstance(one, Gap) else anchor_line(one, keys=KEYS)
        for one in of
    ]


def heads(of: Sequence[AnchorRecord | Gap]) -> list[AnchorRecord]:
    return [one for one in of if isinstance(one, AnchorRecord)]


ages = st.lists(st.integers(0, 90 * 86_400), min_size=1, max_size=40)


@given(ages_s=ages)
def test_what_is_thinned_verifies_and_thinned_again_is_the_same(ages_s: list[int]) -> None:
    whole = records(ages_s)
    kept = thinned(whole)
    found = Anchors().take_all(lines(kept), keys=KEYS)
    found.hold_against(len(whole))
    assert (found.faults, found.last) == ([], len(whole))
    assert thinned(kept) == kept
    # The last of every chain stays, and all of the last hour.
    for tenant_id in TENANTS:
        own = [one for one in whole if one.head.tenant_id == tenant_id]
        assert own[-1:] == [one for one in heads(kept) if one.head.tenant_id == tenant_id][-1:]
    newest = max(one.at for one in whole)
    assert [one for one in whole if newest - one.at <= EVERY_FOR] == [
        one for one in heads(kept) if newest - one.at <= EVERY_FOR
    ]


@given(ages_s=ages, data=st.data())
def test_taking_any_line_of_it_away_is_noticed(ages_s: list[int], data: st.DataObject) -> None:
    whole = records(ages_s)
    left = lines(thinned(whole))
    left.pop(data.draw(st.integers(0, len(left) - 1)))
    found = Anchors().take_all(left, keys=KEYS)
    found.hold_against(len(whole))
    assert found.faults


def test_one_an_hour_and_then_one_a_day_are_kept() -> None:
    minutes = [minute * 60 for minute in range(0, 40 * 24 * 60, 10)]
    kept = heads(thinned(records(minutes)))
    own = [one for one in kept if one.head.tenant_id == TENANTS[0]]
    by_day: dict[object, int] = {}
    for one in own:
        by_day[one.at.date()] = by_day.get(one.at.date(), 0) + 1
    assert by_day[(END - timedelta(days=10)).date()] == 24
    assert by_day[(END - timedelta(days=36)).date()] == 1
    assert len(lines(kept)) < len(minutes) / 3


def test_records_from_before_they_had_numbers_get_theirs_by_their_places() -> None:
    whole = records([90_000, 80_000, 80_001, 10, 5], numbered=False)
    kept = thinned(whole)
    assert [one.number for one in heads(kept)][-2:] == [4, 5]
    found = Anchors().take_all(lines(kept), keys=KEYS)
    assert (found.faults, found.last) == ([], 5)


def test_a_restore_is_never_left_out() -> None:
    old = records([10_000, 9_999, 9_998, 0])
    restored = AnchorRecord(kind=AnchorKind.RESTORED, head=old[0].head, at=old[0].at, number=1)
    assert restored in thinned([restored, *old[1:]])


def test_a_gap_is_signed_over_all_that_it_says() -> None:
    gap = Gap(kind=GapKind.THINNED, first=2, last=9, at=END)
    line = gap_line(gap, keys=KEYS)
    assert anchored(line, keys=KEYS) == gap
    for before, after in (('"first":"2"', '"first":"1"'), ('"9"', '"99"'), ("thinned", "given up")):
        assert before in line
        found = Anchors().take_all([line.replace(before, after)], keys=KEYS)
        assert "signature is wrong" in found.faults[0].problem
