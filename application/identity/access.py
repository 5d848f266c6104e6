"""Answer for who may do what: members, grants, personal access tokens, refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.access_commands import (
    AreaTrail,
    By,
    ChangeMember,
    CreateToken,
    GrantAccount,
    MemberNotFound,
    NeedsPerson,
    TokenCreated,
    TokenNotFound,
)
from application.identity.add_machine import AddMachine
from application.identity.change_member import ChangeMembers
from application.identity.create_token import CreateTokens
from application.identity.grant_account import GrantAccounts
from application.identity.record_refusal import RecordRefusal
from application.identity.rights import Rights
from domain.identity.access import Permission
from domain.identity.member import Member
from domain.identity.personal_token import PersonalToken
from ports.access import LastOwner, MemberChanged, Members, NoSuchAccount, PersonalTokens, TooMany


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUseCases:
    """Everything that can be asked about members and their rights."""

    rights: Rights
    members: Members
    tokens: PersonalTokens
    audited: AreaTrail
    adding: AddMachine
    changing: ChangeMembers
    granting: GrantAccounts
    creating: CreateTokens
    refusing: RecordRefusal

    async def list(self, *, tenant_id: UUID) -> Sequence[Member]:
        """Return the tenant's members, oldest first."""
        return await self.members.list(tenant_id=tenant_id)

    async def get(self, *, tenant_id: UUID, member_id: UUID) -> Member:
        """Return a member; raises MemberNotFound."""
        found = await self.members.find(tenant_id=tenant_id, member_id=member_id)
        if found is None:
            raise MemberNotFound(f"member {member_id} does not exist")
        return found

    async def add_machine(self, *, by: By, name: str) -> Member | TooMany:
        """Add a machine; raises InvalidValue."""
        return await self.adding(by=by, name=name)

    async def change(self, command: ChangeMember) -> Member | MemberChanged | LastOwner:
        """Change a member; raises MemberNotFound, InvalidValue."""
        return await self.changing(command)

    async def grant(self, command: GrantAccount) -> Member | NoSuchAccount:
        """Grant an account or take it back; raises MemberNotFound."""
        return await self.granting(command)

    async def create_token(self, command: CreateToken) -> TokenCreated | NeedsPerson | TooMany:
        """Make a token; raises MemberNotFound, AccountNotFound, InvalidValue."""
        return await self.creating(command)

    async def list_tokens(self, *, by: By, everyone: bool) -> Sequence[PersonalToken]:
        """Return one's own tokens, or everyone's to one who manages."""
        principal = by.principal
        return await self.tokens.list(
            tenant_id=principal.tenant_id, member_id=None if everyone else principal.user_id
        )

    async def revoke_token(self, *, by: By, token_id: UUID) -> PersonalToken:
        """End a token: one's own, or anyone's by one who manages; raises TokenNotFound."""
        principal = by.principal
        manages = principal.access.may(Permission.IDENTITY_MANAGE)
        revoked = await self.tokens.revoke(
            tenant_id=principal.tenant_id,
            member_id=None if manages else principal.user_id,
            token_id=token_id,
            audit=self.audited.entry(by, action="token.revoke", subject=token_id),
        )
        if revoked is None:
            raise TokenNotFound(f"token {token_id} does not exist, or is revoked")
        self.rights.drop(revoked.member_id)
        return revoked

    async def refused(
        self, *, by: By, permission: Permission, account_id: UUID | None, place: str
    ) -> bool:
        """Write down what somebody may not do; see RecordRefusal."""
        return await self.refusing(by=by, permission=permission, account_id=account_id, place=place)
