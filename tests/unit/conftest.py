"""Fixtures of all unit tests."""

from collections.abc import Iterator
from functools import cache

import pytest

from adapters.security.totp import PyotpCodes


@pytest.fixture(scope="session", autouse=True)
def drawn_once() -> Iterator[None]:
    """Draw the QR code of a URI once: tests meet the same few, and a picture takes 6 ms."""
    draw = PyotpCodes().picture

    @cache
    def drawn(uri: str) -> str:
        return draw(uri)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PyotpCodes, "picture", lambda _codes, uri: drawn(uri))
        yield
