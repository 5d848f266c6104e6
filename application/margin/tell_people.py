"""Tell the people of an account what happens to its margin."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.notify import Detail, notice_of
from domain.identity.access import Permission
from domain.identity.member import MemberKind
from ports.access import Members
from ports.identity_scope import IdentityScope
from ports.ids import Ids
from ports.time import Clock
from ports.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPeople:
    """Keep a notice to every person who may trade the account."""

    members: Members
    identity: Transactions[IdentityScope]
    clock: Clock
    ids: Ids

    async def __call__(
        self, *, tenant_id: UUID, account_id: UUID, kind: str, detail: Detail
    ) -> None:
        """Tell them all, or nobody; raises StorageUnavailable."""
        people = [
            one
            for one in await self.members.list(tenant_id=tenant_id)
            if one.kind is MemberKind.PERSON
            and one.access.may_on(Permission.ORDERS_TRADE, account_id=account_id)
        ]
        if not people:
            return
        async with self.identity.begin() as scope:
            for person in people:
                notice, entry = notice_of(
                    tenant_id=tenant_id,
                    user_id=person.id,
                    kind=kind,
                    detail=(("account_id", str(account_id)), *detail),
                    ids=self.ids,
                    at=self.clock.now(),
                    trace_id="",
                )
                await scope.notices.add(notice)
                await scope.audit.add(entry)
