"""What stands as text in a row is the values it was made of."""

import json
from uuid import UUID

import pytest

from adapters.postgres.audit.rows import audit_row
from adapters.postgres.rows import notice_row
from domain.audit.entry import AuditEntry
from domain.orders.states import OrderState
from domain.shared.notices import Notice
from tests import builders

ONE = UUID(int=1)


@pytest.mark.parametrize("said", ["plain", 'a "quote"', "naïve €", "\x00", "half \ud800"])
def test_texts_by_name_are_kept_as_json(said: str) -> None:
    entry = AuditEntry(
        id=ONE,
        tenant_id=ONE,
        actor="user:test",
        action="order.submit",
        subject="s",
        at=builders.AT,
        detail=(("state", OrderState.ACCEPTED), ("reason", said)),
    )
    notice = Notice(
        id=ONE,
        tenant_id=ONE,
        account_id=None,
        channel="orders",
        sequence=1,
        type="order.accepted",
        subject="s",
        at=builders.AT,
        market_at=None,
        body={"state": OrderState.ACCEPTED, "reason": said},
    )
    for text in (audit_row(entry, key=None)[9], notice_row(notice)[-1]):
        assert json.loads(text) == {"state": "accepted", "reason": said}
        text.encode("utf-8")
