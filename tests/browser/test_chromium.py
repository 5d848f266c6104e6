"""What these tests drive is there, or is named."""

import pytest

from tests.browser.chromium import lacking
from tests.strict import is_strict


def test_there_is_a_browser_to_drive() -> None:
    """Where every test must run it is a failure, elsewhere a skip that says what to install."""
    if lacking() and not is_strict():
        pytest.skip(lacking())
    assert lacking() == ""
