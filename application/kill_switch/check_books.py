"""Compare the books of several accounts with their broker's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from application.orders.remote_checks import Check
from domain.accounts.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBooks:
    """Compare the books of accounts with the broker's, side by side: one slow venue is enough."""

    check: Check

    async def __call__(self, accounts: Sequence[Account]) -> str | None:
        """Return what disagrees, None when nothing does."""
        problems = await asyncio.gather(*(self.check(account) for account in accounts))
        for account, problem in zip(accounts, problems, strict=True):
            if problem is not None:
                return f"account {account.id}: {problem}"
        return None
