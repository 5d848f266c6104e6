"""The layout with the most names is taken, and with one more it is not."""

import pytest

from domain.workspaces.layout import InvalidLayout, Layout
from domain.workspaces.scan import KEYS_MAX, find_fault


def _keys(count: int) -> str:
    return "{" + ",".join(f'"{number:x}":0' for number in range(count)) + "}"


def test_there_may_be_so_many_names_and_no_more() -> None:
    text = _keys(KEYS_MAX)
    assert find_fault(text) is None
    assert Layout.read(text.encode()).text == text.encode()
    with pytest.raises(InvalidLayout, match="is one name too many"):
        Layout.read(_keys(KEYS_MAX + 1).encode())
