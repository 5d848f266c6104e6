"""What is told by a call is logged under the names that were given for it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from adapters.telemetry.event_logs import when_told

ID = UUID(int=7)


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID


class Channel(StrEnum):
    EMAIL = "email"


def test_a_record_is_named_by_its_id_and_a_fault_by_its_text() -> None:
    with capture_logs() as logged:
        when_told.warning("orders.not_reconciled", "account", "problem")(
            Account(ID), OSError("gone")
        )
        when_told.error("notifications.unsent", "channel", "record")(Channel.EMAIL, ID)
    assert logged == [
        {
            "event": "orders.not_reconciled",
            "log_level": "warning",
            "account": str(ID),
            "problem": "gone",
        },
        {
            "event": "notifications.unsent",
            "log_level": "error",
            "channel": "email",
            "record": str(ID),
        },
    ]


def test_what_has_no_name_is_not_dropped() -> None:
    with pytest.raises(ValueError, match="zip"):
        when_told.warning("orders.not_reconciled", "account")(Account(ID), OSError("gone"))
