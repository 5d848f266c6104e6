"""Keys of age are read and written as age does, and a typo is found."""

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.succession.age_key import check_recipient, identity_of, secret_of


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=50)
def test_an_identity_is_its_32_bytes_as_age_itself_reads_them(secret: bytes) -> None:
    identity = identity_of(secret)
    assert secret_of(identity) == secret
    read = pyrage.x25519.Identity.from_str(identity)
    assert str(read) == identity
    check_recipient(str(read.to_public()), field="owner")


@given(st.integers(0, 51), st.integers(1, 31))
@settings(max_examples=50)
def test_a_letter_that_is_wrong_is_found(place: int, by: int) -> None:
    letters = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
    head, _, body = identity_of(bytes(range(32))).partition("1")
    letter = letters[(letters.index(body[place]) + by) % 32]
    with pytest.raises(InvalidValue) as met:
        secret_of(f"{head}1{body[:place]}{letter}{body[place + 1 :]}")
    assert body[:10] not in str(met.value)


@pytest.mark.parametrize("text", ["", "age1", "age1qqqqqq", "ssh-ed25519 AAAA", "age1é"])
def test_what_is_no_recipient_is_refused_by_field(text: str) -> None:
    with pytest.raises(InvalidValue, match="--owner: must be a key of age"):
        check_recipient(text, field="--owner")


def test_an_identity_is_no_recipient() -> None:
    with pytest.raises(InvalidValue):
        check_recipient(identity_of(bytes(32)).lower(), field="owner")
    with pytest.raises(InvalidValue):
        identity_of(bytes(31))
