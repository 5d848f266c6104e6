"""Find the accounts that a scope of the kill switch reaches."""

from collections.abc import Iterable, Sequence

from domain.accounts.account import Account
from domain.kill_switch.latch import Scope, ScopeKind
from ports.accounts import AccountDirectory


async def accounts_within(
    scope: Scope, *, directory: AccountDirectory, brokers: Iterable[str]
) -> Sequence[Account]:
    """Return the accounts of which an order could lie within the scope.

    brokers are all there are: the firm's accounts are those held at them.
    """
    if scope.kind is ScopeKind.FIRM:
        return [
            account for broker in brokers for account in await directory.at_broker(broker=broker)
        ]
    return [
        account
        for account in await directory.accounts(tenant_id=scope.tenant_id)
        if scope.reaches(tenant_id=account.tenant_id, account_id=account.id, broker=account.broker)
    ]
