"""What every adapter of Users promises."""

from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.identity.tenant import Tenant, User
from ports.identity import Users
from tests.contracts.contract import Contract

AT = datetime(2026, 1, 2, 15, 4, 5, 678_901, tzinfo=UTC)
TENANT = Tenant(id=UUID("01900000-0000-7000-8000-000000000001"), name="Home", created_at=AT)
OWNER = User(
    id=UUID("01900000-0000-7000-8000-000000000002"),
    tenant_id=TENANT.id,
    email="Owner@Example.com",
    password_hash="$argon2id$v=19$…",
    created_at=AT,
)
# What is stored, what is typed, and whether these are one address; databases disagree on most.
ADDRESSES = [
    pytest.param("Strasse@example.com", "stra\u00dfe@example.com", True, id="sharp-s"),
    pytest.param("STRA\u1e9eE@example.com", "strasse@example.com", True, id="capital-sharp-s"),
    pytest.param("susi@example.com", "\u017fu\u017fi@example.com", True, id="long-s"),
    pytest.param("kim@example.com", "\u212aim@example.com", True, id="kelvin"),
    pytest.param(
        "\u03c3\u03bf\u03c6\u03cc\u03c2@example.com",
        "\u03a3\u039f\u03a6\u038c\u03a3@example.com",
        True,
        id="final-sigma",
    ),
    pytest.param("ren\u00e9@example.com", "rene\u0301@example.com", True, id="accent-apart"),
    pytest.param("\u01c6or@example.com", "\u01c5or@example.com", True, id="title-case"),
    pytest.param("fifi@example.com", "\ufb01\ufb01@example.com", True, id="ligature"),
    pytest.param("ada@example.com", "\uff41\uff44\uff41@example.com", True, id="full-width"),
    pytest.param("\u0130van@example.com", "i\u0307van@example.com", True, id="dot-above"),
    pytest.param("\u0130van@example.com", "ivan@example.com", False, id="dotted-and-plain"),
    pytest.param("rene@example.com", "ren\u00e9@example.com", False, id="with-accent"),
    pytest.param("ada@example.com", "\u0430da@example.com", False, id="cyrillic"),
]
LATER = Tenant(id=UUID("01900000-0000-7000-8000-000000000003"), name="Late", created_at=AT)
LATE_OWNER = User(
    id=UUID("01900000-0000-7000-8000-000000000004"),
    tenant_id=LATER.id,
    email="late@example.com",
    password_hash="x",
    created_at=AT,
)


class UsersContract(Contract):
    """Subclasses give a fixture `users` that holds nobody."""

    @pytest.fixture
    @abstractmethod
    async def users(self) -> Users: ...

    async def test_nobody_is_there_at_first(self, users: Users) -> None:
        assert list(await users.tenants()) == []
        assert list(await users.with_email(email=OWNER.email)) == []
        assert await users.find(user_id=OWNER.id) is None

    async def test_the_founder_is_found_again(self, users: Users) -> None:
        assert await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.tenants()) == [TENANT]
        assert await users.find(user_id=OWNER.id) == OWNER

    async def test_a_further_tenant_is_founded_beside_the_first_under_a_name_of_its_own(
        self, users: Users
    ) -> None:
        assert await users.found(tenant=TENANT, owner=OWNER)
        other = replace(TENANT, id=UUID(int=TENANT.id.int + 1), name="Away")
        owner = replace(OWNER, id=UUID(int=OWNER.id.int + 1), tenant_id=other.id)
        assert not await users.found(tenant=other, owner=owner)
        same = replace(other, name=TENANT.name)
        assert not await users.found(tenant=same, owner=owner, first=False)
        assert await users.find(user_id=owner.id) is None
        assert await users.found(tenant=other, owner=owner, first=False)
        assert list(await users.tenants()) == [TENANT, other]
        assert await users.find(user_id=owner.id) == owner

    @pytest.mark.parametrize(
        "email", ["Owner@Example.com", "owner@example.com", "OWNER@EXAMPLE.COM"]
    )
    async def test_case_does_not_matter_in_an_address(self, users: Users, email: str) -> None:
        await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.with_email(email=email)) == [OWNER]

    @pytest.mark.parametrize(("stored", "typed", "same"), ADDRESSES)
    async def test_letters_are_folded_alike_everywhere(
        self, users: Users, stored: str, typed: str, same: bool
    ) -> None:
        owner = replace(OWNER, email=stored)
        await users.found(tenant=TENANT, owner=owner)
        for one in (typed, typed.upper(), typed.lower()):
            found = list(await users.with_email(email=one))
            assert found == ([owner] if same else []), ascii(one)
        # What was typed is what is shown.
        assert list(await users.with_email(email=stored)) == [owner]

    @pytest.mark.parametrize("email", ["", "%", "owner@example.co_", "' OR 1=1 --"])
    async def test_an_address_is_no_pattern(self, users: Users, email: str) -> None:
        await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.with_email(email=email)) == []

    async def test_only_the_first_tenant_is_founded(self, users: Users) -> None:
        assert await users.found(tenant=TENANT, owner=OWNER)
        assert not await users.found(tenant=LATER, owner=LATE_OWNER)
        assert list(await users.tenants()) == [TENANT]
        assert await users.find(user_id=LATE_OWNER.id) is None
