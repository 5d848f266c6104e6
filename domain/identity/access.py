"""Hold what who may do: permissions, roles, and the accounts that they reach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Self
from uuid import UUID


class Role(StrEnum):
    """What a member of a tenant is there."""

    OWNER = "owner"
    TRADER = "trader"
    VIEWER = "viewer"
    # Steps in for the owner: may stop and take back, never take on.
    TRUSTEE = "trustee"
    AUDITOR = "auditor"
    AGENT = "agent"


class Reach(StrEnum):
    """What a permission is about."""

    ACCOUNT = "account"
    # What concerns oneself alone, whichever accounts one reaches.
    SELF = "self"
    # What touches every account at once: nobody has it who does not reach them all.
    TENANT = "tenant"


_NOBODY: frozenset[Role] = frozenset()
_OWNER = frozenset({Role.OWNER})
_TRADERS = _OWNER | {Role.TRADER}
_STOPPERS = _TRADERS | {Role.TRUSTEE, Role.AGENT}
_EVERYBODY = frozenset(Role)
_PEOPLE = _EVERYBODY - {Role.AGENT}


class Permission(StrEnum):
    """One thing that can be done; every route, channel and command names one.

    roles have it. presence: a person has to be there for it, and to show it anew for most or
    all of it: no personal access token carries it.
    """

    roles: frozenset[Role]
    reach: Reach
    presence: bool

    def __new__(
        cls,
        value: str,
        # Nobody, where none are named.
        roles: frozenset[Role] = frozenset(),
        reach: Reach = Reach.ACCOUNT,
        presence: bool = False,
    ) -> Self:
        """Return the permission of that name."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.roles, made.reach, made.presence = roles, reach, presence
        return made

    ACCOUNTS_READ = "accounts.read", _EVERYBODY
    ACCOUNTS_WRITE = "accounts.write", _OWNER
    ORDERS_READ = "orders.read", _EVERYBODY
    ORDERS_TRADE = "orders.trade", _TRADERS | {Role.AGENT}
    ORDERS_CANCEL = "orders.cancel", _STOPPERS
    RISK_READ = "risk.read", _EVERYBODY
    RISK_WRITE = "risk.write", _OWNER, Reach.ACCOUNT, True
    KILL_ACTIVATE = "kill.activate", _STOPPERS
    KILL_RELEASE = "kill.release", _OWNER, Reach.ACCOUNT, True
    # Nobody's by a role: a key has it that was made on the installation's host.
    FIRM_STOP = "firm.stop", _NOBODY, Reach.TENANT
    MARKET_READ = "market.read", _EVERYBODY
    MARKET_STEER = "market.steer", _OWNER, Reach.TENANT
    STREAMS_READ = "streams.read", _PEOPLE
    STREAMS_OPERATE = "streams.operate", _OWNER, Reach.TENANT
    AGENTS_READ = "agents.read", _EVERYBODY
    AGENTS_OPERATE = "agents.operate", _OWNER
    IDENTITY_SELF = "identity.self", _EVERYBODY, Reach.SELF
    IDENTITY_MANAGE = "identity.manage", _OWNER, Reach.TENANT, True
    SECRETS_READ = "secrets.read", _OWNER, Reach.TENANT
    SECRETS_MANAGE = "secrets.manage", _OWNER, Reach.TENANT, True
    AUDIT_READ = "audit.read", _OWNER | {Role.AUDITOR}, Reach.TENANT
    NOTIFICATIONS_SELF = "notifications.self", _PEOPLE, Reach.SELF
    WORKSPACES_SELF = "workspaces.self", _PEOPLE, Reach.SELF
    ASSETS_READ = "assets.read", _OWNER | {Role.AUDITOR}, Reach.TENANT
    ASSETS_WRITE = "assets.write", _OWNER, Reach.TENANT
    SIGNALS_READ = "signals.read", _EVERYBODY
    # Strategies of every account may act on one.
    SIGNALS_WRITE = "signals.write", _TRADERS | {Role.AGENT}, Reach.TENANT
    STRATEGIES_READ = "strategies.read", _EVERYBODY, Reach.TENANT
    # Of those that do not trade, and to stop or take back one that does.
    STRATEGIES_WRITE = "strategies.write", _OWNER, Reach.TENANT
    # Lets one trade, on whichever account: a person has to be there.
    STRATEGIES_LIVE = "strategies.live", _OWNER, Reach.TENANT, True
    MODELS_READ = "models.read", _EVERYBODY
    MODELS_RUN = "models.run", _TRADERS | {Role.AGENT}
    # Which models there are is the operator's: every tenant runs the same.
    MODELS_OPERATE = "models.operate", _OWNER, Reach.TENANT
    SENTIMENT_READ = "sentiment.read", _EVERYBODY
    # What is written of a symbol is the same for every account.
    SENTIMENT_WRITE = "sentiment.write", _TRADERS | {Role.AGENT}, Reach.TENANT
    SUCCESSION_READ = "succession.read", _EVERYBODY
    # The plan says who inherits what.
    SUCCESSION_VIEW = "succession.view", _OWNER | {Role.AUDITOR}, Reach.TENANT
    # Acts in person of an owner, and of a trustee: the plan says who is one.
    SUCCESSION_MANAGE = "succession.manage", _OWNER, Reach.TENANT, True
    SUCCESSION_CONFIRM = "succession.confirm", _OWNER | {Role.TRUSTEE}, Reach.SELF, True
    # Readers are shown what names them, and only when it is time.
    LETTERS_READ = "letters.read", _PEOPLE
    LETTERS_WRITE = "letters.write", _OWNER, Reach.TENANT, True
    MARGIN_VIEW = "margin.view", _EVERYBODY
    STATUS_READ = "status.read", _EVERYBODY


# What concerns every tenant: no role has it, and no tenant gives it.
OF_THE_OPERATOR = frozenset({Permission.FIRM_STOP})
EVERYTHING = frozenset(Permission) - OF_THE_OPERATOR
# What changes nothing: all that a grant to read leaves, and all that a tenant's own
# matters allow to one who does not reach every account.
READS = frozenset(one for one in Permission if one.endswith((".read", ".view")))
OF_ONESELF = frozenset(one for one in Permission if one.reach is Reach.SELF)
OF_THE_TENANT = frozenset(one for one in Permission if one.reach is Reach.TENANT)
FOR_PERSONS = frozenset(one for one in Permission if one.presence)
ROLES: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {role: frozenset(one for one in Permission if role in one.roles) for role in Role}
)
# Who sees every account, those to come too; all others see what they were granted.
SEES_ALL = frozenset({Role.OWNER, Role.AUDITOR})


class GrantLevel(StrEnum):
    """How far a grant of an account goes."""

    ROLE = "role"  # all that the role allows
    READ = "read"  # reading only, whatever the role allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody may do now, and on which accounts; made by `access_of`, narrowed only.

    accounts is None where every account of the tenant is reached. read_only names those of
    the accounts where nothing may be changed. by_token: a personal access token is used.
    first_password: whoever logged in with the password that was drawn for them has to set one of
    their own, and may do nothing else before. Without anything said, nothing is allowed.
    """

    role: Role | None = None
    permissions: frozenset[Permission] = frozenset()
    accounts: frozenset[UUID] | None = frozenset()
    read_only: frozenset[UUID] = frozenset()
    by_token: bool = field(default=False)
    first_password: bool = field(default=False)

    def may(self, permission: Permission) -> bool:
        """Tell whether that is allowed at all, on some account or other."""
        return permission in self.permissions

    def sees(self, account_id: UUID | None) -> bool:
        """Tell whether the account is one of theirs; None is the tenant, which everyone sees."""
        return account_id is None or self.accounts is None or account_id in self.accounts

    def may_on(self, permission: Permission, *, account_id: UUID | None) -> bool:
        """Tell whether that is allowed on an account, or with None on the whole tenant."""
        if permission not in self.permissions:
            return False
        if account_id is not None and account_id in self.read_only:
            return permission in READS
        if self.accounts is None:
            return True
        if account_id is None:
            return permission in READS or permission in OF_ONESELF
        return account_id in self.accounts

    def until_changed(self) -> "Access":
        """Return what is left of this until who logged in has a password of their own: nothing."""
        return Access(role=self.role, first_password=True)

    def only_stopping(self) -> "Access":
        """Return what is left of this where storage cannot say what holds: to stop trading."""
        if not self.may(Permission.KILL_ACTIVATE):
            return NOTHING
        accounts = None if self.accounts is None else self.accounts - self.read_only
        return Access(
            role=self.role, permissions=frozenset({Permission.KILL_ACTIVATE}), accounts=accounts
        )

    def narrowed(
        self, *, scopes: Iterable[Permission], accounts: frozenset[UUID] | None
    ) -> "Access":
        """Return what a personal access token leaves of this: less or the same, never more."""
        left = self.accounts
        if accounts is not None:
            left = accounts if left is None else left & accounts
        return _limited(
            role=self.role,
            permissions=(self.permissions & frozenset(scopes)) - FOR_PERSONS,
            accounts=left,
            read_only=self.read_only,
            by_token=True,
        )

    def with_operators(self, *, scopes: Iterable[Permission]) -> "Access":
        """Return this with what of a key's scopes is the operator's, for who may stop.

        No tenant gives these: a key has them that was made on the installation's host.
        """
        if not self.by_token or self.accounts is not None or not self.may(Permission.KILL_ACTIVATE):
            return self
        return replace(self, permissions=self.permissions | (frozenset(scopes) & OF_THE_OPERATOR))


NOTHING = Access()


def access_of(role: Role, *, grants: Mapping[UUID, GrantLevel]) -> Access:
    """Return what a role with these accounts granted may do."""
    sees_all = role in SEES_ALL
    return _limited(
        role=role,
        permissions=ROLES[role],
        accounts=None if sees_all else frozenset(grants),
        # Who sees all needs no grant; one to read would take away what was never asked.
        read_only=frozenset()
        if sees_all
        else frozenset(one for one, level in grants.items() if level is GrantLevel.READ),
        by_token=False,
    )


def _limited(
    *,
    role: Role | None,
    permissions: frozenset[Permission],
    accounts: frozenset[UUID] | None,
    read_only: frozenset[UUID],
    by_token: bool,
) -> Access:
    if accounts is not None:
        permissions = permissions - OF_THE_TENANT
        read_only = read_only & accounts
    return Access(
        role=role,
        permissions=permissions,
        accounts=accounts,
        read_only=read_only,
        by_token=by_token,
    )
