"""Events for the rows that carry them: many accounts' orders, of a usual size."""

from collections.abc import Sequence
from uuid import UUID

from domain.shared.notices import Notice
from tests import builders

ACCOUNTS = 32
_TENANT = UUID(int=1)


def made_notices(count: int) -> Sequence[Notice]:
    """Return events of 32 accounts in turn, each with its number in its account."""
    return [
        builders.notice(
            tenant_id=_TENANT,
            account_id=UUID(int=100 + number % ACCOUNTS),
            channel="orders",
            sequence=number // ACCOUNTS + 1,
            type="order.accepted",
            subject=str(UUID(int=number)),
            body={"state": "accepted", "symbol": "IBM", "quantity": "10", "filled": "0"},
        )
        for number in range(count)
    ]
