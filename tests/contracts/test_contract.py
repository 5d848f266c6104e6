"""A suite that is run must have all that it asks for, or nothing of it would be tested."""

from abc import abstractmethod

import pytest

from tests.contracts.contract import Contract


class Measured(Contract):
    """Subclasses give `metre` and `second`."""

    @pytest.fixture
    @abstractmethod
    def metre(self) -> float: ...

    @pytest.fixture
    @abstractmethod
    async def second(self) -> float: ...


class InMetres:
    """Gives the one, as a family of adapters does."""

    @pytest.fixture
    def metre(self) -> float:
        return 1.0


def test_a_forgotten_fixture_is_told_when_the_class_is_made() -> None:
    with pytest.raises(TypeError, match="TestForgetful gives no metre, second"):
        type("TestForgetful", (Measured,), {})
    with pytest.raises(TypeError, match="TestHalf gives no second"):
        type("TestHalf", (InMetres, Measured), {})


def test_a_suite_may_leave_them_to_others() -> None:
    assert issubclass(type("LongerContract", (InMetres, Measured), {}), Contract)


class TestWhole(InMetres, Measured):
    @pytest.fixture
    async def second(self) -> float:
        return 2.0

    def test_what_is_given_is_there(self, metre: float, second: float) -> None:
        assert (metre, second) == (1.0, 2.0)
