"""Only a whole age file for exactly two X25519 recipients is taken for a letter."""

import pyrage
import pytest

from domain.shared.values import InvalidValue
from domain.succession.age_file import AGE_FILE_BYTES_MAX, check_age_file

ONE, TWO, THREE = (pyrage.x25519.Identity.generate().to_public() for _ in range(3))


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 131_072])
def test_a_file_for_two_is_taken_and_a_shorter_one_is_not(length: int) -> None:
    file = pyrage.encrypt(b"a" * length, [ONE, TWO])
    check_age_file(file, field="content")
    # Inside a chunk a cut cannot be seen without the key; inside a chunk's tag it can.
    last = length % 65_536 or min(length, 65_536)
    for cut in (len(file) - 60, last + 1):
        with pytest.raises(InvalidValue, match="content: must be"):
            check_age_file(file[: len(file) - cut], field="content")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"Dear all,", "it is not encrypted"),
        (b"", "it is not encrypted"),
        (pyrage.encrypt(b"a", [ONE]), "is for 1"),
        (pyrage.encrypt(b"a", [ONE, TWO, THREE]), "is for 3"),
        (pyrage.encrypt(b"a", [ONE, TWO], armored=True), "not an armoured one"),
        (pyrage.passphrase.encrypt(b"a", "a word"), "no passphrase"),
        (b"age-encryption.org/v1\n", "its header is broken"),
        (b"age-encryption.org/v2\n-> X25519 a\n", "not encrypted"),
        (b"a" * (AGE_FILE_BYTES_MAX + 1), "must be at most 10485760 bytes, and is 10485761"),
    ],
)
def test_another_file_is_refused_with_the_reason(file: bytes, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        check_age_file(file, field="content")


def test_a_stanza_of_another_kind_is_refused_beside_the_two() -> None:
    head, _, rest = pyrage.encrypt(b"a", [ONE, TWO]).partition(b"\n")
    for stanza in (b"-> ssh-rsa abc\nabcd\n", b"-> X25519 abc\nabcd\n", b"-> mine\n\n"):
        with pytest.raises(InvalidValue, match="X25519 recipients only"):
            check_age_file(head + b"\n" + stanza + rest, field="content")
    with pytest.raises(InvalidValue, match="its header is broken"):
        check_age_file(head + b"\n-> x-grease\n" + b"A" * 65 + b"\n" + rest, field="content")
