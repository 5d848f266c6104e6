"""Make a personal access token; it is told once, and only its SHA-256 is kept."""

from dataclasses import dataclass
from datetime import timedelta

from application.accounts.book_store import AccountNotFound
from application.identity.access_commands import (
    TOKENS_MAX,
    AreaTrail,
    CreateToken,
    MemberNotFound,
    NeedsPerson,
    TokenCreated,
)
from domain.identity.access import Access, Permission
from domain.identity.member import Member, MemberKind
from domain.identity.personal_token import (
    SECRET_BYTES,
    PersonalToken,
    checked_scopes,
    digest_of,
    hint_of,
    secret_of,
)
from domain.shared.values import InvalidValue
from ports.access import Members, PersonalTokens, TooMany
from ports.accounts import AccountDirectory
from ports.randomness import Randomness

LASTS_MIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTokens:
    """Store a token that allows no more than its member may do."""

    members: Members
    tokens: PersonalTokens
    directory: AccountDirectory
    audited: AreaTrail
    randomness: Randomness
    lasts_max: timedelta

    async def __call__(self, command: CreateToken) -> TokenCreated | NeedsPerson | TooMany:
        """Return the token; raises MemberNotFound, AccountNotFound, InvalidValue."""
        by = command.by
        if by.principal.access.by_token:
            return NeedsPerson()
        if not LASTS_MIN <= command.lasts <= self.lasts_max:
            raise InvalidValue(
                field="expires_in_s",
                problem=f"must be {_seconds(LASTS_MIN)} to {_seconds(self.lasts_max)}",
            )
        member = await self._member(command)
        scopes = checked_scopes(command.scopes)
        beyond = sorted(scopes - member.access.permissions)
        if beyond:
            raise InvalidValue(field="scopes", problem=f"the member may not {', '.join(beyond)}")
        await self._check_accounts(command, access=member.access)
        secret = secret_of(self.randomness.token(SECRET_BYTES))
        now = self.audited.clock.now()
        token = PersonalToken(
            id=self.audited.ids.new(),
            tenant_id=member.tenant_id,
            member_id=member.id,
            name=command.name,
            digest=digest_of(secret),
            hint=hint_of(secret),
            scopes=scopes,
            accounts=command.accounts,
            created_at=now,
            expires_at=now + command.lasts,
            created_by=by.principal.actor,
        )
        audit = self.audited.entry(
            by,
            action="token.create",
            subject=token.id,
            detail=(
                ("member", str(member.id)),
                ("scopes", ",".join(sorted(scopes))),
                ("accounts", _named(command)),
                ("expires_at", token.expires_at.isoformat()),
            ),
        )
        refused = await self.tokens.add(token=token, tokens_max=TOKENS_MAX, audit=audit)
        return refused if refused is not None else TokenCreated(token=token, secret=secret)

    async def _member(self, command: CreateToken) -> Member:
        principal = command.by.principal
        wanted = command.member_id or principal.user_id
        member = await self.members.find(tenant_id=principal.tenant_id, member_id=wanted)
        own = wanted == principal.user_id
        if member is None or not (own or principal.access.may(Permission.IDENTITY_MANAGE)):
            raise MemberNotFound(f"member {wanted} does not exist")
        # Nobody comes in under another person's name.
        if not own and member.kind is not MemberKind.MACHINE:
            raise InvalidValue(field="member_id", problem="must be a machine, or yourself")
        if member.disabled_at is not None:
            raise InvalidValue(field="member_id", problem="is disabled")
        return member

    async def _check_accounts(self, command: CreateToken, *, access: Access) -> None:
        if command.accounts is None:
            return
        held = await self.directory.accounts(tenant_id=command.by.principal.tenant_id)
        known = {account.id for account in held}
        for account_id in sorted(command.accounts):
            if account_id not in known or not access.sees(account_id):
                raise AccountNotFound(account_id)


def _named(command: CreateToken) -> str:
    if command.accounts is None:
        return "all that the member reaches"
    return ",".join(str(one) for one in sorted(command.accounts))


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))
