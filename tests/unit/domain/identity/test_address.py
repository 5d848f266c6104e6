"""Which addresses are one."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.address import normal_address


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Owner@Example.com", "owner@example.com"),
        ("STRAẞE@example.com", "strasse@example.com"),
        ("\u0130@example.com", "i\u0307@example.com"),
        ("\u0131@example.com", "\u0131@example.com"),
        ("", ""),
        ("\ud800", "\ud800"),
    ],
)
def test_case_and_form_are_folded(typed: str, normal: str) -> None:
    assert normal_address(typed) == normal


def test_no_letter_is_folded_twice_to_something_else() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    assert [
        one for one in letters if normal_address(normal_address(one)) != normal_address(one)
    ] == []


@given(st.text(max_size=30))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    once = normal_address(text)
    assert normal_address(once) == once


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=30))
def test_plain_letters_lose_their_case_and_nothing_else(text: str) -> None:
    assert normal_address(text) == text.lower()
