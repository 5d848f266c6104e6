"""Found the first tenant: an owner, a portfolio, risk rules and a funded paper account."""

from base64 import b32encode
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from application.accounts.open_account import first_deposit
from domain.accounts.account import Account, AccountKind, Portfolio
from domain.accounts.book import AccountBook, TradingDay
from domain.audit.entry import AuditEntry
from domain.identity.tenant import Tenant, User
from domain.orders.moves import MoveTimes
from domain.shared.values import InvalidValue
from ports.accounts import AccountDirectory
from ports.identity import PasswordHasher, Users
from ports.ids import Ids
from ports.market import MarketClock, ReadLap, only_lap
from ports.randomness import Randomness
from ports.time import Clock

OPENING_CASH = Decimal(100_000)
CURRENCY = "USD"
# Reg T: 50 % initial margin.
LEVERAGE = Decimal(2)
# Nobody is logged in yet: it is the server that founds, at its first start.
ACTOR = "ballast"

# 120 bits, written as 24 letters and digits that are hard to confuse.
_PASSWORD_BYTES = 15
_PASSWORD_GROUP = 6
_EMAIL_MAX = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The tenant is new; the password is told here and nowhere else."""

    tenant: Tenant
    owner: User
    password: str
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBefore:
    """There was a tenant already; owner is None when it has another e-mail address."""

    tenant: Tenant
    owner: User | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantExists:
    """There is a whole tenant of that name; nothing was done."""

    tenant: Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTenant:
    """Make the first tenant at the first start, and finish what a crash left half made."""

    users: Users
    hasher: PasswordHasher
    directory: AccountDirectory
    # Give a tenant the default risk rules.
    add_default_rules: Callable[[UUID], Awaitable[None]]
    # The date of the market's current session, or of the next one when it is closed.
    today: Callable[[], date]
    # How long the password that is drawn lets in.
    password_lasts: timedelta
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    randomness: Randomness
    # Where the account can be, first where it is when no broker is named.
    brokers: Sequence[str]
    lap: ReadLap = only_lap
    # The currencies in which anything is traded; nothing is known of them without.
    currencies: Callable[[], AbstractSet[str]] = frozenset

    async def __call__(self, *, name: str, email: str) -> Founded | FoundBefore:
        """Found the tenant, or say that there is one; raises InvalidValue."""
        _check(name=name, email=email)
        existing = await self.users.tenants()
        if existing:
            return await self._found_before(existing[0], email=email)
        tenant, owner, password, audit = await self._drawn(name=name, email=email, actor=ACTOR)
        if not await self.users.found(tenant=tenant, owner=owner, audit=audit):
            # Another process was faster; its tenant is the one that counts.
            return await self._found_before((await self.users.tenants())[0], email=email)
        account = await self._furnish(tenant)
        return Founded(tenant=tenant, owner=owner, password=password, account=account)

    async def another(
        self, *, name: str, email: str, actor: str, broker: str | None = None
    ) -> Founded | TenantExists:
        """Found a further tenant, whose name no other has; raises InvalidValue.

        Its account is at the first broker unless one is named.
        Its owner's password is told once it has its rules, so that nobody trades before. One
        that a crash left without an account is of no use to anyone: nobody knows its password.
        """
        _check(name=name, email=email)
        if broker is not None and broker not in self.brokers:
            known = ", ".join(self.brokers)
            raise InvalidValue(field="broker", problem=f"must be one of: {known}")
        tenant, owner, password, audit = await self._drawn(name=name, email=email, actor=actor)
        if not await self.users.found(tenant=tenant, owner=owner, audit=audit, first=False):
            named = [one for one in await self.users.tenants() if one.name == name]
            return TenantExists(tenant=named[0])
        account = await self._furnish(tenant, broker=broker)
        return Founded(tenant=tenant, owner=owner, password=password, account=account)

    async def _drawn(
        self, *, name: str, email: str, actor: str
    ) -> tuple[Tenant, User, str, AuditEntry]:
        """Return a tenant, its owner, the owner's password, and the entry of it."""
        password = self._one_time_password()
        now = self.clock.now()
        tenant = Tenant(id=self.ids.new(), name=name, created_at=now)
        owner = User(
            id=self.ids.new(),
            tenant_id=tenant.id,
            email=email,
            password_hash=await self.hasher.hash(password),
            created_at=now,
            password_until=now + self.password_lasts,
        )
        audit = AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant.id,
            actor=actor,
            action="tenant.found",
            subject=str(tenant.id),
            at=now,
            after=(("name", name), ("owner", str(owner.id))),
        )
        return tenant, owner, password, audit

    async def _found_before(self, tenant: Tenant, *, email: str) -> FoundBefore:
        # The account comes last: without it, an earlier start ended half way.
        if not await self.directory.accounts(tenant_id=tenant.id):
            await self._furnish(tenant)
        found = await self.users.with_email(email=email)
        owner = next((one for one in found if one.tenant_id == tenant.id), None)
        return FoundBefore(tenant=tenant, owner=owner)

    async def _furnish(self, tenant: Tenant, *, broker: str | None = None) -> Account:
        portfolios = await self.directory.portfolios(tenant_id=tenant.id)
        if portfolios:
            portfolio = portfolios[0]
        else:
            portfolio = Portfolio(
                id=self.ids.new(), tenant_id=tenant.id, name="Main", created_at=self.clock.now()
            )
            await self.directory.add_portfolio(portfolio)
        await self.add_default_rules(tenant.id)
        return await self._open_account(portfolio, broker=broker or self.brokers[0])

    async def _open_account(self, portfolio: Portfolio, *, broker: str) -> Account:
        when = MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())
        traded = self.currencies()
        # Money in which nothing is traded would be of no use.
        currency = CURRENCY if CURRENCY in traded or not traded else min(traded)
        account = Account(
            id=self.ids.new(),
            tenant_id=portfolio.tenant_id,
            portfolio_id=portfolio.id,
            name="Paper",
            broker=broker,
            created_at=when.at,
            currency=currency,
            kind=AccountKind.MARGIN,
            leverage=LEVERAGE,
        )
        book = AccountBook(
            account=account,
            version=0,
            cash={currency: OPENING_CASH},
            day=TradingDay(date=self.today(), opening_equity=OPENING_CASH),
            peak_equity=OPENING_CASH,
            lap=self.lap(),
        )
        funding = first_deposit(
            transaction_id=self.ids.new(), account=account, amount=OPENING_CASH, when=when
        )
        await self.directory.open(book=book, funding=funding)
        return account

    def _one_time_password(self) -> str:
        letters = b32encode(self.randomness.token(_PASSWORD_BYTES)).decode().lower()
        starts = range(0, len(letters), _PASSWORD_GROUP)
        return "-".join(letters[start : start + _PASSWORD_GROUP] for start in starts)


def _check(*, name: str, email: str) -> None:
    if not 1 <= len(name) <= 100:
        raise InvalidValue(field="name", problem="must be 1 to 100 characters")
    before, at, after = email.partition("@")
    if not (before and at and after) or len(email) > _EMAIL_MAX or not email.isprintable():
        raise InvalidValue(field="email", problem="must be an address such as owner@example.com")
