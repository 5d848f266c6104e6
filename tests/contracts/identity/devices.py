"""What every adapter promises that keeps devices, log-ins and users' notices."""

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.identity.fingerprint import Fingerprint
from domain.identity.login_features import (
    FAILURES_KEPT,
    LOGINS_KEPT,
    LoginFailure,
    LoginFeatures,
    LoginHabits,
    LoginRecord,
)
from domain.identity.notice import NOTICES_KEPT, Priority, UserNotice
from domain.identity.place import Place
from domain.identity.session import Device
from domain.identity.tenant import User
from domain.shared.notices import Notice, own_channel
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.identity.scope import AT, MINUTE, IdentityStores, user

TOLD = Fingerprint(agent="firefox", platform="linux", screen="2560x1440x24")


def device(owner: User, **given: Any) -> Device:
    """Return a device of a user."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "digest": builders.new_id().bytes,
        "label": "Desk",
        "created_at": AT,
        "seen_at": AT,
    }
    return Device(**(fields | given))


def login(owner: User, *, at_min: int = 0, **given: Any) -> LoginRecord:
    """Return a log-in of a user."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "at": AT + at_min * MINUTE,
        "network": "192.0.2.0/24",
        "place": Place(lat=52.52, lon=-13.405, label="Berlin"),
        "device_id": None,
        "features": LoginFeatures(
            hour=15.068,
            distance_km=12.5,
            speed_kmh=750.25,
            new_device=True,
            new_network=False,
            failures=3,
            fingerprint_changed=True,
        ),
    }
    return LoginRecord(**(fields | given))


def failure(owner: User, *, at_min: int) -> LoginFailure:
    """Return a wrong password at a user's address."""
    return LoginFailure(
        id=builders.new_id(),
        tenant_id=owner.tenant_id,
        user_id=owner.id,
        at=AT + at_min * MINUTE,
        network="192.0.2.0/24",
    )


def notice(owner: User, **given: Any) -> UserNotice:
    """Return a notice to a user."""
    fields: dict[str, Any] = {
        "id": builders.new_id(),
        "tenant_id": owner.tenant_id,
        "user_id": owner.id,
        "kind": "new_device",
        "at": AT,
        "detail": (("device", "Desk"), ("ip", "192.0.2.1")),
    }
    return UserNotice(**(fields | given))


class DevicesContract(Contract):
    """Subclasses give `stores` over an empty database."""

    @pytest.fixture
    @abstractmethod
    async def stores(self) -> IdentityStores: ...

    async def _two(self, stores: IdentityStores) -> tuple[User, User]:
        owner = await stores.furnish()
        ada = user(owner.tenant_id, email="ada@example.com")
        async with stores.identity.begin() as scope:
            assert await scope.users.add(ada)
        return owner, ada

    async def test_a_device_is_found_listed_changed_and_forgotten(
        self, stores: IdentityStores
    ) -> None:
        owner, ada = await self._two(stores)
        first, second, hers = device(owner), device(owner, fingerprint=TOLD), device(ada)
        async with stores.identity.begin() as scope:
            for one in (second, first, hers):
                await scope.devices.keep(one)
            assert list(await scope.devices.of(owner.id, limit=9)) == [first, second]
        trusted = replace(second, label="Study").trusted(at=AT, until=AT + timedelta(days=30))
        trusted = trusted.proven(AT + MINUTE, network="192.0.2.1")
        trusted = trusted.proven(AT + MINUTE, network="2001:db8::/64")
        async with stores.identity.begin() as scope:
            await scope.devices.keep(trusted)
            assert list(await scope.devices.of(owner.id, limit=1)) == [first]
            assert list(await scope.devices.of(owner.id, limit=9, after=first.id)) == [trusted]
            assert await scope.devices.get(second.id) == trusted
            assert await scope.devices.find(second.digest) == trusted
        assert await stores.people.device(second.digest) == trusted
        async with stores.identity.begin() as scope:
            await scope.devices.keep(trusted.distrusted())
            await scope.logins.add(login(owner, device_id=second.id))
            await scope.logins.add(login(owner, device_id=first.id))
            await scope.devices.drop(second.id)
        async with stores.identity.begin() as scope:
            assert await scope.devices.get(second.id) is None
            assert await scope.devices.find(second.digest) is None
            assert list(await scope.devices.of(owner.id, limit=9)) == [first]
            past = await scope.logins.past(owner.id)
        assert [one.device_id for one in past.logins] == [first.id]
        assert await stores.people.device(second.digest) is None

    async def test_what_was_dropped_comes_back_with_an_error(self, stores: IdentityStores) -> None:
        owner, _ = await self._two(stores)
        kept = device(owner)
        async with stores.identity.begin() as scope:
            await scope.devices.keep(kept)

        async def fail() -> None:
            async with stores.identity.begin() as scope:
                await scope.devices.drop(kept.id)
                assert await scope.devices.get(kept.id) is None
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await stores.people.device(kept.digest) == kept

    async def test_the_newest_log_ins_and_failures_of_a_user_are_remembered(
        self, stores: IdentityStores
    ) -> None:
        owner, ada = await self._two(stores)
        hers = login(ada, place=None, features=LoginFeatures(hour=0.0), learned=False)
        made = [login(owner, at_min=number) for number in range(LOGINS_KEPT + 2)]
        failed = [failure(owner, at_min=number) for number in range(FAILURES_KEPT + 2)]
        async with stores.identity.begin() as scope:
            await scope.logins.add(hers)
            for one in made[1:]:
                await scope.logins.add(one)
            # Older than all that are kept: it is not.
            await scope.logins.add(made[0])
            for wrong in failed:
                await scope.logins.fail(wrong)
        async with stores.identity.begin() as scope:
            past = await scope.logins.past(owner.id)
            assert list(past.logins) == made[2:]
            assert list(past.failed) == [one.at for one in failed[2:]]
            of_ada = await scope.logins.past(ada.id)
            assert (list(of_ada.logins), list(of_ada.failed)) == ([hers], [])
            assert list((await scope.logins.past(builders.new_id())).logins) == []
            for who in (owner.id, ada.id, builders.new_id()):
                past = await scope.logins.past(who)
                assert await scope.logins.habits(who) == past.habits
            for person in (owner, ada):
                known = await scope.logins.habits(person.id), await scope.factors.ways(person.id)
                assert await stores.people.known_by(person) == known
            assert (await scope.logins.habits(owner.id)).logins == LOGINS_KEPT

    async def test_habits_are_of_the_log_ins_that_count(self, stores: IdentityStores) -> None:
        owner, ada = await self._two(stores)
        context, elsewhere = device(owner), device(owner)
        made = [
            login(owner, device_id=context.id, network="a"),
            login(owner, at_min=1, network="b", place=Place(lat=1.5, lon=-2.5, label="There")),
            login(owner, at_min=2, network="a", place=None),
            login(owner, at_min=3, device_id=elsewhere.id, network="c", learned=False),
        ]
        async with stores.identity.begin() as scope:
            for here in (context, elsewhere):
                await scope.devices.keep(here)
            for one in (*made, login(ada, network="d")):
                await scope.logins.add(one)
            await scope.logins.fail(failure(owner, at_min=5))
        async with stores.identity.begin() as scope:
            assert await scope.logins.habits(owner.id) == LoginHabits(
                logins=3,
                networks=frozenset({"a", "b"}),
                devices=frozenset({context.id, None}),
                last_at=made[2].at,
                failed=(failure(owner, at_min=5).at,),
                newest=tuple(one.id for one in made[:3]),
            )
            await scope.logins.confirm(made[3].id)
            habits = await scope.logins.habits(owner.id)
        assert (habits.last_at, habits.last_place) == (made[3].at, made[3].place)
        assert habits.devices == {context.id, elsewhere.id, None}

    async def test_a_log_in_is_confirmed(self, stores: IdentityStores) -> None:
        owner, _ = await self._two(stores)
        doubted, other = login(owner, learned=False), login(owner, at_min=1, learned=False)
        async with stores.identity.begin() as scope:
            await scope.logins.add(doubted)
            await scope.logins.add(other)
            await scope.logins.confirm(doubted.id)
            await scope.logins.confirm(builders.new_id())
        async with stores.identity.begin() as scope:
            past = await scope.logins.past(owner.id)
        assert list(past.logins) == [replace(doubted, learned=True), other]
        assert list(past.learned) == [replace(doubted, learned=True)]

    async def test_notices_are_listed_from_the_newest_and_read_once(
        self, stores: IdentityStores
    ) -> None:
        owner, ada = await self._two(stores)
        first, second, third = (notice(owner, detail=()) for _ in range(3))
        async with stores.identity.begin() as scope:
            for one in (first, second, third, notice(ada)):
                await scope.notices.add(one)
            await scope.notices.mark_read(second.id, at=AT + MINUTE)
            await scope.notices.mark_read(second.id, at=AT + 2 * MINUTE)
            await scope.notices.mark_read(builders.new_id(), at=AT)
            await scope.notices.mark_acknowledged(builders.new_id(), at=AT)
        read = replace(second, read_at=AT + MINUTE)

        async def listed(**given: Any) -> list[UserNotice]:
            async with stores.identity.begin() as scope:
                return list(await scope.notices.of(owner.id, **given))

        assert await listed(limit=9) == [third, read, first]
        assert await listed(limit=9, unread=True) == [third, first]
        assert await listed(limit=1) == [third]
        assert await listed(limit=1, after=third.id) == [read]
        async with stores.identity.begin() as scope:
            assert await scope.notices.get(second.id) == read
            assert await scope.notices.get(UUID(int=1)) is None

    async def test_a_notice_keeps_its_priority_and_is_acknowledged_once(
        self, stores: IdentityStores
    ) -> None:
        owner, _ = await self._two(stores)
        told = notice(owner, priority=Priority.URGENT)
        async with stores.identity.begin() as scope:
            await scope.notices.add(told)
            await scope.notices.mark_acknowledged(told.id, at=AT + MINUTE)
            await scope.notices.mark_acknowledged(told.id, at=AT + 2 * MINUTE)
        async with stores.identity.begin() as scope:
            found = await scope.notices.get(told.id)
        assert found == replace(told, acknowledged_at=AT + MINUTE)

    async def test_each_user_hears_of_their_own_notices_in_order(
        self, stores: IdentityStores
    ) -> None:
        owner, ada = await self._two(stores)
        told = [notice(owner), notice(ada, kind="recovery_asked"), notice(owner, kind="unusual")]
        for one in told:
            async with stores.identity.begin() as scope:
                await scope.notices.add(one)

        async def fail() -> None:
            async with stores.identity.begin() as scope:
                await scope.notices.add(notice(ada))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        for whose, expected in ((owner, [told[0], told[2]]), (ada, [told[1]])):
            channel = own_channel("notices", user_id=whose.id)
            heard = await stores.journal.replay(
                tenant_id=owner.tenant_id,
                account_id=None,
                channel=channel,
                after_sequence=0,
                limit=9,
            )
            assert list(heard) == [
                Notice(
                    id=one.id,
                    tenant_id=owner.tenant_id,
                    account_id=None,
                    channel=channel,
                    sequence=number,
                    type=f"notice.{one.kind}",
                    subject=str(one.id),
                    at=AT,
                    market_at=None,
                    # No address and no place.
                    body={"kind": one.kind, "user_id": str(whose.id), "priority": "MEDIUM"},
                )
                for number, one in enumerate(expected, start=1)
            ]

    async def test_the_newest_notices_of_a_user_are_kept(self, stores: IdentityStores) -> None:
        owner, _ = await self._two(stores)
        made = [notice(owner) for _ in range(NOTICES_KEPT + 1)]
        async with stores.identity.begin() as scope:
            for one in made:
                await scope.notices.add(one)
        async with stores.identity.begin() as scope:
            found = list(await scope.notices.of(owner.id, limit=NOTICES_KEPT + 9))
        assert found == made[:0:-1]
