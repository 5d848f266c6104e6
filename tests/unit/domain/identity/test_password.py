"""Weak passwords are refused by rules that a person can follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.password import PasswordRules, Weakness

RULES = PasswordRules()
WORDS = ("ada@example.com", "ada", "example", "Ada Lovelace", "Lovelace", "ballast")


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", Weakness.TOO_SHORT),
        ("fourteen chars", Weakness.TOO_SHORT),
        ("x" * 1_025, Weakness.TOO_LONG),
        ("é" * 513, Weakness.TOO_LONG),
        ("aaaaaaaaaaaaaaaa", Weakness.REPETITIVE),
        ("abcabcabcabcabca", Weakness.REPETITIVE),
        ("ABCabcABCabcABC", Weakness.REPETITIVE),
        ("abcdefghijklmnop", Weakness.SEQUENCE),
        ("PONMLKJIHGFEDCBA", Weakness.SEQUENCE),
        ("xyzabcdefghijklm", Weakness.SEQUENCE),
        ("12345678901234567", Weakness.SEQUENCE),
        ("qwertyuiopasdfgh", Weakness.SEQUENCE),
        ("qazwsxedcrfvtgb", Weakness.SEQUENCE),
        ("ZaqXswCdeVfrBgt", Weakness.SEQUENCE),
        ("plokimjunhybgtv", Weakness.SEQUENCE),
        ("asdfghjklasdfghjkl", Weakness.SEQUENCE),
        ("qwertyuiopqwertyuiop", Weakness.SEQUENCE),
        ("!@#$%^&*()!@#$%", Weakness.SEQUENCE),
        ("Lovelace-2026-01", Weakness.PERSONAL),
        ("ada@example.com!!", Weakness.PERSONAL),
        ("ballastballast-12", Weakness.PERSONAL),
    ],
)
def test_what_anyone_would_guess_is_refused(password: str, weakness: Weakness) -> None:
    assert RULES.weakness(password, words=WORDS) is weakness


@pytest.mark.parametrize(
    "password",
    [
        "orbit velvet cactus lantern",
        "fifteen letters",
        "qmzkty-twyabn-d8823k-ppqrst",
        "é" * 6 + "ungewöhnlich",
        "lovelace orbit velvet",
        "k" * 7 + "orbit velvet",
        "x7 " * 3 + "orbit velvet " * 20,
    ],
)
def test_long_and_unlikely_ones_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert RULES.weakness(password, words=WORDS) is None


def test_the_least_length_is_a_setting() -> None:
    assert PasswordRules(length_min=8).weakness("fourteen chars") is None


@given(st.text(max_size=1_200))
def test_any_text_is_judged(password: str) -> None:
    weakness = RULES.weakness(password, words=WORDS)
    assert (weakness is Weakness.TOO_SHORT) == (len(password) < 15)
