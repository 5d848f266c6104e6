"""Say which passwords are too weak, by rules that a person can follow (NIST SP 800-63B)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LENGTH_MAX = 1_024
_WORD_MIN = 4
_RUN_STEP = 2
# A piece as long as this is no pattern but a secret said twice.
_PIECE_MAX = 7
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    # Its columns without the digits, downwards and upwards, and its rows one by one.
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "!@#$%^&*()",
)


class Weakness(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPETITIVE = "repetitive"
    SEQUENCE = "sequence"
    PERSONAL = "personal"
    BREACHED = "breached"
    # The one that was drawn for them: it is there to be replaced.
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """How long a password has to be; there are no rules of composition, and none expires."""

    # 15 where it is the only factor.
    length_min: int = 15

    def weakness(self, password: str, *, words: Iterable[str] = ()) -> Weakness | None:
        """Return what is wrong with a password, None when nothing is.

        words: what is known of its owner, such as the address; it may be no more than those.
        """
        if len(password) < self.length_min:
            return Weakness.TOO_SHORT
        if len(password.encode(errors="surrogatepass")) > LENGTH_MAX:
            return Weakness.TOO_LONG
        plain = password.casefold()
        if _is_repeated(plain):
            return Weakness.REPETITIVE
        if _is_run(plain):
            return Weakness.SEQUENCE
        return Weakness.PERSONAL if _is_personal(plain, words=words) else None


def _is_repeated(plain: str) -> bool:
    """Tell whether it is a short piece over and over, the last time maybe cut."""
    longest = min(_PIECE_MAX, len(plain) // 2)
    return any(
        plain == (plain[:size] * (len(plain) // size + 1))[: len(plain)]
        for size in range(1, longest + 1)
    )


def _is_run(plain: str) -> bool:
    """Tell whether it walks along the alphabet, the digits or the keyboard, either way."""
    for run in _RUNS:
        around = run * (len(plain) // len(run) + _RUN_STEP)
        if plain in around or plain[::-1] in around:
            return True
    return False


def _is_personal(plain: str, *, words: Iterable[str]) -> bool:
    """Tell whether almost nothing is left of it without what everyone knows of its owner."""
    left = plain
    for word in sorted({word.casefold() for word in words}, key=len, reverse=True):
        if len(word) >= _WORD_MIN:
            left = left.replace(word, "")
    letters = sum(letter.isalpha() for letter in left)
    return len(left) < len(plain) and letters < _WORD_MIN
