"""A sealed secret is written and read the same, and bound to one place only."""

import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.secrets.address import RowAddress, bound_to
from domain.secrets.sealed import SealedSecret, UnreadableSeal, read_sealed
from domain.shared.values import InvalidValue

VERSIONS = st.integers(1, 2**31 - 1)
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
ROWS = st.builds(RowAddress, tenant_id=st.uuids(), table=NAMES, column=NAMES, row=NAMES)
SEALS = st.builds(
    SealedSecret,
    key_version=VERSIONS,
    sealed_version=VERSIONS,
    wrapped_key=st.binary(min_size=1, max_size=100),
    nonce=st.binary(min_size=12, max_size=12),
    ciphertext=st.binary(min_size=16, max_size=100),
)


@given(SEALS)
def test_what_is_written_reads_the_same(sealed: SealedSecret) -> None:
    assert read_sealed(sealed.to_bytes()) == sealed


@given(SEALS, st.data())
def test_what_was_cut_off_is_no_sealed_secret_or_another_one(
    sealed: SealedSecret, data: st.DataObject
) -> None:
    stored = sealed.to_bytes()
    cut = stored[: data.draw(st.integers(0, len(stored) - 1))]
    with contextlib.suppress(UnreadableSeal):
        assert read_sealed(cut) != sealed


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(stored: bytes) -> None:
    with contextlib.suppress(UnreadableSeal):
        assert read_sealed(stored).to_bytes() == stored


def test_another_format_is_refused_by_its_number() -> None:
    with pytest.raises(UnreadableSeal, match="format 2"):
        read_sealed(b"\2" + bytes(100))


@given(ROWS, ROWS, VERSIONS, VERSIONS)
def test_no_two_places_or_versions_are_bound_alike(
    one: RowAddress, other: RowAddress, version: int, later: int
) -> None:
    def bound(row: RowAddress, key_version: int) -> bytes:
        return bound_to(row, purpose="data", key_version=key_version)

    assert (bound(one, version) == bound(other, later)) is ((one, version) == (other, later))
    assert bound(one, version) != bound_to(one, purpose="key", key_version=version)


def test_letters_that_move_from_one_name_to_the_next_make_another_place() -> None:
    first = RowAddress(tenant_id=UUID(int=1), table="ab", column="c", row="d")
    second = RowAddress(tenant_id=UUID(int=1), table="a", column="bc", row="d")
    assert first.context() != second.context()


@pytest.mark.parametrize("row", ["", "x" * 201, "a\nb", "a\0b"])
def test_a_place_has_plain_names(row: str) -> None:
    with pytest.raises(InvalidValue):
        RowAddress(tenant_id=UUID(int=1), table="t", column="c", row=row)


def test_the_secret_parts_stay_out_of_a_repr() -> None:
    sealed = SealedSecret(
        key_version=1,
        sealed_version=1,
        wrapped_key=b"wrapped",
        nonce=b"n" * 12,
        ciphertext=b"c" * 16,
    )
    assert repr(sealed) == "SealedSecret(key_version=1, sealed_version=1)"
