"""The first start makes everything a first order needs, once, whatever interrupts it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.ids import SeededIds
from adapters.memory.ledger import MemoryLedger
from adapters.memory.market import MemoryMarket
from adapters.memory.randomness import SeededRandomness
from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualClock
from adapters.system.time import SystemSleeper
from application.identity.found_tenant import FoundBefore, Founded, FoundTenant, TenantExists
from domain.accounts.account import AccountKind
from domain.identity.tenant import Tenant
from domain.shared.values import InvalidValue
from ports.storage import StorageUnavailable

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
MARKET_NOW = datetime(2000, 3, 1, 13, 30, tzinfo=UTC)
EMAIL = "owner@example.com"
LASTS = timedelta(hours=72)


class House:
    """An empty database and what founds a tenant in it."""

    def __init__(self) -> None:
        self.link = MemoryLink(MemoryDatabase())
        self.directory = MemoryAccountDirectory(self.link)
        self.hasher = QuickHasher(randomness=SeededRandomness(1), sleeper=SystemSleeper())
        self.ruled: list[UUID] = []
        self.rules_fail = False
        clock = ManualClock(NOW)
        self.found = FoundTenant(
            users=MemoryUsers(self.link),
            hasher=self.hasher,
            directory=self.directory,
            add_default_rules=self._add_rules,
            today=lambda: date(2000, 3, 1),
            password_lasts=LASTS,
            clock=clock,
            market_clock=MemoryMarket(at=MARKET_NOW),
            ids=SeededIds(clock=clock, seed=1),
            randomness=SeededRandomness(1),
            brokers=("paper", "second"),
        )

    async def _add_rules(self, tenant_id: UUID) -> None:
        if self.rules_fail:
            raise StorageUnavailable("gone")
        self.ruled.append(tenant_id)


@pytest.fixture
def house() -> House:
    return House()


async def test_the_account_is_at_the_first_broker_unless_one_is_named(house: House) -> None:
    first = await house.found(name="Home", email="a@example.com")
    assert isinstance(first, Founded)
    assert first.account.broker == "paper"
    away = await house.found.another(
        name="Away", email="b@example.com", actor="root", broker="second"
    )
    assert isinstance(away, Founded)
    assert away.account.broker == "second"
    with pytest.raises(InvalidValue) as refused:
        await house.found.another(name="C", email="c@example.com", actor="root", broker="gone")
    assert refused.value.problem == "must be one of: paper, second"


async def test_the_owner_gets_a_password_that_only_the_answer_holds(house: House) -> None:
    founded = await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    assert len(founded.password) >= 15
    assert await house.hasher.verify(password=founded.password, hash=founded.owner.password_hash)
    assert founded.password not in repr(house.link.database)
    assert founded.owner.password_until == NOW + LASTS


async def test_the_founding_is_told_once_and_of_whom(house: House) -> None:
    founded = await house.found(name="Home", email=EMAIL)
    await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    (entry,) = [one for one in house.link.database.audit if one.action == "tenant.found"]
    assert (entry.tenant_id, entry.actor, entry.subject) == (
        founded.tenant.id,
        "ballast",
        str(founded.tenant.id),
    )
    assert dict(entry.after) == {"name": "Home", "owner": str(founded.owner.id)}
    assert entry.at == NOW


async def test_the_paper_account_is_funded_and_its_ledger_agrees(house: House) -> None:
    founded = await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    tenant_id, account = founded.tenant.id, founded.account
    book = await MemoryAccountBooks(house.link).load(tenant_id=tenant_id, account_id=account.id)
    assert book is not None
    assert (account.kind, account.leverage) == (AccountKind.MARGIN, Decimal(2))
    assert book.cash == {"USD": Decimal(100_000)}
    assert book.day is not None
    assert book.day.opening_equity == book.peak_equity == Decimal(100_000)
    balances = await MemoryLedger(house.link).balances(tenant_id=tenant_id, account_id=account.id)
    assert balances == {"cash:USD": Decimal(100_000)}
    assert house.ruled == [tenant_id]


async def test_a_second_start_finds_the_first_ones_work(house: House) -> None:
    founded = await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    again = await house.found(name="Other", email=EMAIL)
    assert again == FoundBefore(tenant=founded.tenant, owner=founded.owner)
    renamed = await house.found(name="Home", email="someone@example.com")
    assert renamed == FoundBefore(tenant=founded.tenant, owner=None)
    assert len(await house.directory.accounts(tenant_id=founded.tenant.id)) == 1
    assert len(await house.directory.portfolios(tenant_id=founded.tenant.id)) == 1
    assert house.ruled == [founded.tenant.id]


async def test_what_a_crash_left_half_made_is_finished_by_the_next_start(house: House) -> None:
    house.rules_fail = True
    with pytest.raises(StorageUnavailable):
        await house.found(name="Home", email=EMAIL)
    house.rules_fail = False
    again = await house.found(name="Home", email=EMAIL)
    assert isinstance(again, FoundBefore)
    assert len(await house.directory.accounts(tenant_id=again.tenant.id)) == 1
    assert len(await house.directory.portfolios(tenant_id=again.tenant.id)) == 1


@pytest.mark.parametrize(
    "email", ["", "owner", "@example.com", "owner@", "a\n@b", "@@b", "a" * 253 + "@b"]
)
async def test_an_address_that_is_none_is_refused(house: House, email: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        await house.found(name="Home", email=email)
    assert caught.value.field == "email"
    assert not house.link.database.tenants


async def test_an_address_of_the_longest_kind_is_taken(house: House) -> None:
    email = "a" * 252 + "@b"
    founded = await house.found(name="Home", email=email)
    assert isinstance(founded, Founded)
    assert founded.owner.email == email


async def test_where_another_process_founds_first_its_tenant_counts(house: House) -> None:
    before = await house.found(name="Home", email=EMAIL)
    assert isinstance(before, Founded)

    class Late(MemoryUsers):
        """Sees nothing at the first look."""

        looked = 0

        async def tenants(self) -> list[Tenant]:
            Late.looked += 1
            return [] if Late.looked == 1 else list(await MemoryUsers.tenants(self))

    late = replace(house.found, users=Late(house.link))
    told = await late(name="Other", email=EMAIL)
    assert told == FoundBefore(tenant=before.tenant, owner=before.owner)
    assert list(house.link.database.tenants.values()) == [before.tenant]


async def test_everything_that_is_founded_has_an_id_and_the_markets_time(house: House) -> None:
    founded = await house.found(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    database = house.link.database
    (portfolio,) = database.portfolios.values()
    (funding,) = database.ledger
    (entry,) = [one for one in database.audit if one.action == "tenant.found"]
    ids = [founded.tenant.id, founded.owner.id, founded.account.id, portfolio.id, funding.id]
    assert all(isinstance(one, UUID) for one in (*ids, entry.id))
    assert len({*ids, entry.id}) == 6
    assert (funding.at, funding.market_at) == (NOW, MARKET_NOW)
    assert founded.account.currency == "USD"


async def test_a_further_tenant_has_rules_an_account_and_a_password_of_its_own(
    house: House,
) -> None:
    first = await house.found(name="Home", email=EMAIL)
    made = await house.found.another(name="Away", email=EMAIL, actor="operator:ada")
    assert isinstance(first, Founded)
    assert isinstance(made, Founded)
    assert (made.tenant.name, made.owner.email, house.ruled) == (
        "Away",
        EMAIL,
        [first.tenant.id, made.tenant.id],
    )
    assert made.password != first.password
    (account,) = await house.directory.accounts(tenant_id=made.tenant.id)
    assert account == made.account
    entries = [one for one in house.link.database.audit if one.action == "tenant.found"]
    assert [one.actor for one in entries] == ["ballast", "operator:ada"]
    again = await house.found.another(name="Away", email="x@example.com", actor="operator:ada")
    assert again == TenantExists(tenant=made.tenant)
    with pytest.raises(InvalidValue):
        await house.found.another(name="", email=EMAIL, actor="operator:ada")


async def test_nobody_learns_the_password_of_a_tenant_without_rules(house: House) -> None:
    await house.found(name="Home", email=EMAIL)
    house.rules_fail = True
    with pytest.raises(StorageUnavailable):
        await house.found.another(name="Away", email=EMAIL, actor="operator:ada")


@pytest.mark.parametrize(
    ("traded", "currency"), [({"GBP", "EUR"}, "EUR"), ({"EUR", "USD"}, "USD"), (set(), "USD")]
)
async def test_the_first_account_is_in_a_currency_that_is_traded(
    house: House, traded: set[str], currency: str
) -> None:
    founded = await replace(house.found, currencies=lambda: traded)(name="Home", email=EMAIL)
    assert isinstance(founded, Founded)
    assert founded.account.currency == currency
    book = await MemoryAccountBooks(house.link).load(
        tenant_id=founded.tenant.id, account_id=founded.account.id
    )
    assert book is not None
    assert list(book.cash) == [currency]
