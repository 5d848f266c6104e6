"""Any k shares open a letter, fewer do not, and a second reader of SLIP-39 agrees."""

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest

from adapters.cli.age.sealing import joined_identity, new_identity, opened, sealed, split_key
from domain.shared.values import InvalidValue
from domain.succession.age_key import identity_of, secret_of
from tests.unit.adapters.cli.age.slip39 import NotShares, read, recover, value_at

VECTORS = json.loads((Path(__file__).parent / "slip39_vectors.json").read_text())


@pytest.mark.parametrize(("told", "lines", "secret"), VECTORS, ids=[one[0] for one in VECTORS])
def test_the_second_reader_holds_to_the_published_vectors(
    told: str, lines: list[str], secret: str
) -> None:
    if secret:
        assert recover(lines, b"TREZOR") == bytes.fromhex(secret)
    else:
        with pytest.raises(NotShares):
            recover(lines, b"TREZOR")


@pytest.mark.parametrize(("threshold", "shares"), [(2, 2), (2, 3), (3, 5), (16, 16)])
def test_any_k_shares_open_and_the_second_reader_agrees(threshold: int, shares: int) -> None:
    owner, owners = new_identity()
    key = split_key(threshold=threshold, shares=shares)
    letter = sealed(b"The deed is in the safe.", recipients=(owners, key.recipient))
    assert opened(letter, identity=owner) == b"The deed is in the safe."
    assert len(key.shares) == shares
    for some in combinations(key.shares, threshold):
        identity = joined_identity(reversed(some))
        assert opened(letter, identity=identity) == b"The deed is in the safe."
        assert identity_of(recover(some)) == identity


def test_fewer_shares_say_nothing_of_the_key() -> None:
    key = split_key(threshold=3, shares=4)
    for some in combinations(key.shares, 2):
        with pytest.raises(InvalidValue, match="shares"):
            joined_identity(some)
        with pytest.raises(NotShares):
            recover(some)
        # Whatever the secret, there is a polynomial through it and these two shares: another
        # key could have given them as well.
        _fits_any_secret(some)


def _fits_any_secret(some: Sequence[str]) -> None:
    points = [(share.member, share.value) for share in map(read, some)]
    for guess in (bytes(32), b"\xff" * 32, bytes(range(32))):
        through = [*points, (255, guess)]
        third = (9, value_at(through, 9))
        assert value_at([*points, third], 255) == guess


def test_two_keys_have_no_share_in_common_and_do_not_mix() -> None:
    one, other = (split_key(threshold=2, shares=3) for _ in range(2))
    assert not set(one.shares) & set(other.shares)
    with pytest.raises(InvalidValue, match="shares"):
        joined_identity((one.shares[0], other.shares[1]))
    letter = sealed(b"new", recipients=(new_identity()[1], other.recipient))
    with pytest.raises(InvalidValue, match="does not open"):
        opened(letter, identity=joined_identity(one.shares[:2]))


def test_a_word_that_is_misread_is_found_out() -> None:
    key = split_key(threshold=2, shares=2)
    words = key.shares[0].split()
    words[7] = "academic" if words[7] != "academic" else "acid"
    with pytest.raises(InvalidValue, match="shares"):
        joined_identity((" ".join(words), key.shares[1]))


def test_a_key_does_not_show_its_words() -> None:
    key = split_key(threshold=2, shares=2)
    assert key.shares[0] not in f"{key!r} {key}"


@pytest.mark.parametrize(("threshold", "shares"), [(1, 2), (3, 2), (2, 17), (0, 0), (1, 1)])
def test_a_split_that_is_none_is_refused(threshold: int, shares: int) -> None:
    with pytest.raises(InvalidValue):
        split_key(threshold=threshold, shares=shares)


def test_the_shared_secret_is_the_identity_and_nothing_else() -> None:
    key = split_key(threshold=2, shares=2)
    shared = read(key.shares[0])
    assert (shared.groups, shared.exponent, shared.extendable) == (1, 0, False)
    assert secret_of(joined_identity(key.shares)) == recover(key.shares)
