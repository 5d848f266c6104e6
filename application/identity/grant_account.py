"""Grant an account to a member, or take it back."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.identity.access_commands import AreaTrail, GrantAccount, MemberNotFound
from domain.identity.member import Member
from ports.access import Members, NoSuchAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAccounts:
    """Store or delete a grant; asking again changes nothing."""

    members: Members
    audited: AreaTrail
    changed: Callable[[UUID], None]

    async def __call__(self, command: GrantAccount) -> Member | NoSuchAccount:
        """Return the member afterwards; raises MemberNotFound, storage errors."""
        by, level = command.by, command.level
        stored = await self.members.grant(
            tenant_id=by.principal.tenant_id,
            member_id=command.member_id,
            account_id=command.account_id,
            level=level,
            audit=self.audited.entry(
                by,
                action="member.grant" if level is not None else "member.revoke",
                subject=command.member_id,
                account_id=command.account_id,
                detail=(("level", level),) if level is not None else (),
            ),
        )
        self.changed(command.member_id)
        if stored is None:
            raise MemberNotFound(f"member {command.member_id} does not exist")
        return stored
