"""One report that cannot be read does not make the others of its page unreadable."""

import msgspec
import pytest

from adapters.brokers.paper import wire
from domain.orders.terms import OrderTerms
from ports.broker import Report, ReportKind, UnreadableReport
from tests import builders
from tests.scripted_broker import report_of

_REPORT = msgspec.to_builtins(
    report_of(builders.order(), ReportKind.REPLACED, sequence=7, terms=builders.terms())
)


def test_a_report_is_read_back_whole() -> None:
    told = wire.report_of(msgspec.json.encode(_REPORT))
    assert isinstance(told, Report)
    assert isinstance(told.terms, OrderTerms)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "exercised"}, "exercised"),
        ({"terms": {**_REPORT["terms"], "symbol": "brk b"}}, "symbol: must be"),
        ({"terms": {**_REPORT["terms"], "quantity": "0"}}, "quantity: must be above 0"),
        ({"side": None}, "side"),
    ],
)
def test_a_report_that_cannot_be_read_tells_whose_it_is(
    change: dict[str, object], problem: str
) -> None:
    told = wire.report_of(msgspec.json.encode(_REPORT | change))
    assert isinstance(told, UnreadableReport)
    assert (told.sequence, told.account_id) == (7, _REPORT["account_id"])
    assert problem in told.problem


@pytest.mark.parametrize("raw", [b"{}", b'{"sequence": "x", "account_id": "a"}', b"[]", b"{"])
def test_a_report_of_nobody_is_no_report(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.report_of(raw)
