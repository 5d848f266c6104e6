"""Show members and personal access tokens on the wire, and read what is asked of them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.identity.recovery_schemas import RecoveryView, open_recovery_view
from adapters.http.wire import PRINTABLE, moment, time_of
from application.identity.access_commands import By, ChangeMember, CreateToken
from domain.identity.access import Access, GrantLevel, Permission, Role
from domain.identity.factors import Recovery
from domain.identity.member import NAME_LENGTH_MAX, Member, MemberKind
from domain.identity.personal_token import ACCOUNTS_MAX, PersonalToken
from domain.shared.texts import id_text

MemberName = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX, pattern=PRINTABLE)]
DAY_S = 86_400
# Ten years: what the server allows is less, and it says so.
_LONGEST_S = 3_653 * DAY_S


class MachineBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A machine to add: it has no password, and the role agent."""

    name: MemberName


class MemberBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change of a member; fields left out stay as they are."""

    role: Role | None = None
    name: MemberName | None = None
    disabled: bool | None = None

    def command(self, by: By, *, member_id: UUID, expected_version: int | None) -> ChangeMember:
        """Return the command."""
        return ChangeMember(
            by=by,
            member_id=member_id,
            role=self.role,
            name=self.name,
            disabled=self.disabled,
            expected_version=expected_version,
        )


class GrantBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How far the grant goes: all that the role allows, or reading only."""

    level: GrantLevel = GrantLevel.ROLE


class TokenBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A personal access token to make; it never allows more than its member may do."""

    name: MemberName
    scopes: Annotated[list[Permission], Meta(min_length=1, max_length=len(Permission))]
    accounts: Annotated[list[UUID], Meta(min_length=1, max_length=ACCOUNTS_MAX)] | None = None
    expires_in_s: Annotated[int, Meta(ge=60, le=_LONGEST_S)] = 90 * DAY_S
    # Whose it is: left out your own; a machine's, if you manage members.
    member_id: UUID | None = None

    def command(self, by: By) -> CreateToken:
        """Return the command."""
        return CreateToken(
            by=by,
            name=self.name,
            scopes=frozenset(self.scopes),
            accounts=frozenset(self.accounts) if self.accounts is not None else None,
            lasts=timedelta(seconds=self.expires_in_s),
            member_id=self.member_id,
        )


class GrantView(msgspec.Struct):
    """An account that was granted, and how far."""

    account_id: str
    level: GrantLevel


class MemberView(msgspec.Struct, kw_only=True):
    """A member; all_accounts tells that the role reaches every account without a grant."""

    id: str
    kind: MemberKind
    role: Role
    name: str
    email: str | None
    disabled: bool
    all_accounts: bool
    grants: list[GrantView]
    permissions: list[Permission]
    version: int
    created_at: str


class MemberList(msgspec.Struct):
    """Every member of the tenant, oldest first."""

    items: list[MemberView]


class OwnAccessView(msgspec.Struct, kw_only=True):
    """Who you are here, and what you may do with the token that you use."""

    member_id: str
    role: Role | None
    permissions: list[Permission]
    # Null where you reach every account of the tenant.
    accounts: list[str] | None
    read_only: list[str]
    personal_token: bool
    # An open request to take all of your second factors away: not yours? DELETE /recovery.
    recovery: RecoveryView | None


class TokenView(msgspec.Struct, kw_only=True):
    """A personal access token without its secret; hint is its last letters."""

    id: str
    member_id: str
    name: str
    hint: str
    scopes: list[Permission]
    accounts: list[str] | None
    created_at: str
    expires_at: str
    created_by: str
    last_used_at: str | None


class TokenCreatedView(TokenView, kw_only=True):
    """A new token; its secret is here once, and null when a request is answered again."""

    token: str | None


class TokenList(msgspec.Struct):
    """Tokens that are not revoked, oldest first."""

    items: list[TokenView]


def member_view(member: Member) -> MemberView:
    """Show a member."""
    access = member.access
    return MemberView(
        id=id_text(member.id),
        kind=member.kind,
        role=member.role,
        name=member.name,
        email=member.email,
        disabled=member.disabled_at is not None,
        all_accounts=access.accounts is None,
        grants=[
            GrantView(account_id=id_text(one), level=member.grants[one])
            for one in sorted(member.grants)
        ],
        permissions=sorted(access.permissions),
        version=member.version,
        created_at=moment(member.created_at),
    )


def own_access_view(member_id: UUID, *, access: Access, recovery: Recovery | None) -> OwnAccessView:
    """Show somebody what they may do."""
    return OwnAccessView(
        member_id=id_text(member_id),
        role=access.role,
        permissions=sorted(access.permissions),
        accounts=_ids(access.accounts),
        read_only=[id_text(one) for one in sorted(access.read_only)],
        personal_token=access.by_token,
        recovery=open_recovery_view(recovery),
    )


def token_view(token: PersonalToken) -> TokenView:
    """Show a token."""
    return TokenView(
        id=id_text(token.id),
        member_id=id_text(token.member_id),
        name=token.name,
        hint=token.hint,
        scopes=sorted(token.scopes),
        accounts=_ids(token.accounts),
        created_at=moment(token.created_at),
        expires_at=moment(token.expires_at),
        created_by=token.created_by,
        last_used_at=time_of(token.last_used_at),
    )


def token_created_view(token: PersonalToken, *, secret: str | None) -> TokenCreatedView:
    """Show a new token, with its secret or without."""
    shown = msgspec.structs.asdict(token_view(token))
    return TokenCreatedView(**shown, token=secret)


def _ids(accounts: frozenset[UUID] | None) -> list[str] | None:
    return [id_text(one) for one in sorted(accounts)] if accounts is not None else None
