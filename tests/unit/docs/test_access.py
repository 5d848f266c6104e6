"""The page of roles shows what the code allows, permission by permission."""

import re

from domain.identity.access import FOR_PERSONS
from domain.identity.personal_token import SECRET_BYTES, secret_of
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/access.md").read_text()


def test_the_pattern_for_scanners_finds_a_token() -> None:
    (pattern,) = re.findall(r"`(blst_\[.*?\}\}?)`", PAGE)
    assert re.fullmatch(pattern, secret_of(b"\x01" * SECRET_BYTES))


def test_what_no_token_carries_is_named() -> None:
    (sentence,) = re.findall(r"No token carries ([^,]*),", PAGE)
    assert set(re.findall(r"`([a-z.]+)`", sentence)) == FOR_PERSONS
