"""What is recorded is whole; what a user did is judged by what it did before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from application.audit.facade import JUDGED_MAX, Activity, AuditUseCases
from application.audit.record import Recorder
from application.audit.review_entry import ReviewEntry
from application.identity.unknown_user import UserNotFound
from domain.audit.entry import AuditEntry
from domain.audit.suspicion import LOGIN_FAILED, LOGIN_OK, Suspicion
from domain.identity.tenant import Tenant, User
from ports.audit import AuditFilter, AuditPage, SealedEntry
from tests import builders

TENANT = UUID(int=7)
USER = User(
    id=UUID(int=8),
    tenant_id=TENANT,
    email="a@example.com",
    password_hash="x",
    created_at=builders.AT,
)


@dataclass
class Trail:
    """Sealed entries by their places, and what was asked of them."""

    entries: list[AuditEntry] = field(default_factory=list)
    asked: list[tuple[UUID, AuditFilter, int, int | None]] = field(default_factory=list)

    async def add(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    async def has(self, *, tenant_id: UUID, entry_id: UUID) -> bool:
        return any((one.tenant_id, one.id) == (tenant_id, entry_id) for one in self.entries)

    async def page(
        self, *, tenant_id: UUID, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> AuditPage:
        self.asked.append((tenant_id, wanted, limit, before))
        end = len(self.entries) if before is None else before - 1
        start = max(0, end - limit)
        shown = [
            SealedEntry(entry=self.entries[place], position=place + 1, link=b"")
            for place in reversed(range(start, end))
        ]
        return AuditPage(entries=shown, before=start + 1 if start else None)


class Users:
    """One user."""

    async def found(self, *, tenant: Tenant, owner: User, audit: AuditEntry | None = None) -> bool:
        return False

    async def with_email(self, *, email: str) -> Sequence[User]:
        return ()

    async def find(self, *, user_id: UUID) -> User | None:
        return USER if user_id == USER.id else None

    async def tenants(self) -> Sequence[Tenant]:
        return ()


async def test_what_is_recorded_is_whole() -> None:
    trail, clock = Trail(), ManualClock(builders.AT)
    record = Recorder(trail=trail, clock=clock, ids=SeededIds(clock=clock, seed=1))
    expected_id = SeededIds(clock=ManualClock(builders.AT), seed=1).new()
    await record(
        tenant_id=TENANT,
        actor="user:a",
        action="agent.pause",
        subject="one",
        trace_id="t",
        before=(("a", "1"),),
        after=(("a", "2"),),
        detail=(("why", "late"),),
    )
    await record(tenant_id=TENANT, actor="user:a", action="agent.pause", subject="two")
    whole, bare = trail.entries
    assert whole == AuditEntry(
        id=expected_id,
        tenant_id=TENANT,
        actor="user:a",
        action="agent.pause",
        subject="one",
        at=builders.AT,
        trace_id="t",
        before=(("a", "1"),),
        after=(("a", "2"),),
        detail=(("why", "late"),),
    )
    assert (bare.trace_id, bare.before, bare.after, bare.detail) == ("", (), (), ())
    assert bare.id != whole.id


def burst() -> list[AuditEntry]:
    """Five refused log-ins, one that succeeded, and something plain."""
    actions = [LOGIN_FAILED] * 5 + [LOGIN_OK, "order.cancel"]
    return [
        builders.audit(tenant_id=TENANT, action=action, at=builders.AT + timedelta(seconds=place))
        for place, action in enumerate(actions)
    ]


def over(trail: Trail) -> AuditUseCases:
    clock = ManualClock(builders.AT)
    review = ReviewEntry(trail=trail, clock=clock, ids=SeededIds(clock=clock, seed=1))
    return AuditUseCases(trail=trail, users=Users(), review=review)


async def active(trail: Trail, *, limit: int, before: int | None = None) -> Activity:
    asking = over(trail)
    return await asking.activity(tenant_id=TENANT, user_id=USER.id, limit=limit, before=before)


async def test_a_page_is_judged_by_what_is_older_than_it() -> None:
    trail = Trail(entries=burst())
    said = await active(trail, limit=2)
    login = trail.entries[5].id
    assert [one.entry.action for one in said.page.entries] == ["order.cancel", LOGIN_OK]
    assert said.suspicions == {login: (Suspicion.GUESSED_PASSWORD,)}
    wanted = AuditFilter(actor=f"user:{USER.id}")
    assert trail.asked == [(TENANT, wanted, 2, None), (TENANT, wanted, JUDGED_MAX, 6)]
    assert JUDGED_MAX == 2_000


async def test_what_stands_out_on_another_page_is_not_told_on_this_one() -> None:
    trail = Trail(entries=burst())
    said = await active(trail, limit=1)
    assert [one.entry.action for one in said.page.entries] == ["order.cancel"]
    assert said.suspicions == {}
    older = await active(trail, limit=6, before=7)
    assert [one.position for one in older.page.entries] == [6, 5, 4, 3, 2, 1]
    assert older.suspicions == {trail.entries[5].id: (Suspicion.GUESSED_PASSWORD,)}
    # The whole was on the page: nothing older was asked for.
    assert len(trail.asked) == 3


async def test_another_tenants_user_is_not_found() -> None:
    asking = over(Trail())
    for tenant_id, user_id in ((UUID(int=1), USER.id), (TENANT, UUID(int=2))):
        with pytest.raises(UserNotFound) as caught:
            await asking.activity(tenant_id=tenant_id, user_id=user_id, limit=1)
        assert caught.value.args == UserNotFound(user_id).args


async def test_a_page_is_handed_on_as_it_was_asked() -> None:
    trail = Trail(entries=burst())
    asking = over(trail)
    wanted = AuditFilter(action="order.cancel")
    page = await asking.page(tenant_id=TENANT, wanted=wanted, limit=3, before=5)
    assert [one.position for one in page.entries] == [4, 3, 2]
    assert trail.asked == [(TENANT, wanted, 3, 5)]
