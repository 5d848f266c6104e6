"""What every adapter of SpentRecords promises."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.notifications.context import DELIVERIES, ESCALATIONS, NOTIFICATIONS
from domain.accounts.book_change import Reply
from domain.identity.notice import Priority
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Delivery, DeliveryState, Escalation, Notification
from ports.accounts import BookCommit
from ports.inbox import Begun, CommandAnswer, reply_key
from ports.retention import SpentRecords
from tests import builders
from tests.contracts.idempotency import Pass
from tests.contracts.storage import Storage, StorageContract

KEPT_S = 90_000.0
HOUR_S = 3_600.0
COMMAND = UUID("01900000-0000-7000-8000-00000000000a")
DONE = CommandAnswer(status=200, body=b"{}")
LIMIT = 100
_YEAR_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told of things."""

    tenant_id: UUID
    user_id: UUID


class SpentRecordsContract(StorageContract):
    """Subclasses give `spent` over the storage, and `let_pass` for the time it goes by."""

    @pytest.fixture
    @abstractmethod
    def spent(self) -> SpentRecords: ...

    @pytest.fixture
    @abstractmethod
    def let_pass(self) -> Pass: ...

    @pytest.fixture
    @abstractmethod
    async def person(self) -> "Person":
        """Give somebody who is known."""

    @pytest.fixture
    @abstractmethod
    def now(self) -> datetime:
        """Give the time that records are old by."""

    async def _purge(self, spent: SpentRecords, *, limit: int = LIMIT) -> int:
        return await spent.purge(older_than_s=KEPT_S, limit=limit)

    async def _answered(self, storage: Storage, key: str) -> UUID:
        """Store an order with its answer under a key; return the tenant."""
        book = await storage.opened()
        reply = Reply(key=key, request_hash=b"a", status=201, body=b"first")
        change = builders.accept(builders.order(book.account), on=book)
        stored = await storage.books.commit(builders.amended(change, replies=(reply,)))
        assert stored == BookCommit()
        return book.account.tenant_id

    async def test_answers_stay_their_time_and_are_forgotten_after_it(
        self, storage: Storage, spent: SpentRecords, let_pass: Pass
    ) -> None:
        tenant_id = await self._answered(storage, "k-1")
        await let_pass(0)
        await self._purge(spent)
        await let_pass(KEPT_S - 60)
        await self._purge(spent)
        assert await storage.books.reply(tenant_id=tenant_id, key="k-1") is not None
        await let_pass(HOUR_S + 120)
        assert await self._purge(spent) == 1
        assert await storage.books.reply(tenant_id=tenant_id, key="k-1") is None
        assert await self._purge(spent) == 0

    async def test_what_is_kept_of_orders_themselves_is_not_touched(
        self, storage: Storage, spent: SpentRecords, let_pass: Pass
    ) -> None:
        tenant_id = await self._answered(storage, "k-1")
        (account,) = await storage.directory.accounts(tenant_id=tenant_id)
        before = await storage.books.load(tenant_id=tenant_id, account_id=account.id)
        await let_pass(0)
        await self._purge(spent)
        await let_pass(KEPT_S * 3)
        await self._purge(spent)
        after = await storage.books.load(tenant_id=tenant_id, account_id=account.id)
        assert before is not None
        assert after is not None
        assert after.orders == before.orders
        assert after.version == before.version

    async def test_a_command_is_forgotten_as_begun_before_its_answer(
        self, storage: Storage, spent: SpentRecords, let_pass: Pass
    ) -> None:
        tenant_id = await self._begun(storage, 1)
        await self._settle(storage, tenant_id)
        await let_pass(0)
        await self._purge(spent)
        await let_pass(KEPT_S + 60)
        assert await self._purge(spent) == 1
        # The answer is still there, and nothing says that it was only begun.
        assert await self._find(storage, tenant_id) == DONE
        await let_pass(HOUR_S)
        assert await self._purge(spent) == 1
        assert await self._find(storage, tenant_id) is None

    async def test_answers_wait_while_more_is_begun_than_one_batch_takes(
        self, storage: Storage, spent: SpentRecords, let_pass: Pass
    ) -> None:
        tenant_id = await self._begun(storage, 7)
        await self._settle(storage, tenant_id)
        await let_pass(0)
        await self._purge(spent)
        await let_pass(KEPT_S * 2)
        gone: list[int] = []
        while not gone or gone[-1]:
            gone.append(await self._purge(spent, limit=3))
            answer = await self._find(storage, tenant_id)
            # Never seen as begun without an answer: it would be carried out again.
            assert not isinstance(answer, Begun)
        assert gone[:2] == [3, 3]
        assert await self._find(storage, tenant_id) is None

    async def test_what_people_were_told_goes_after_a_year_or_once_it_was_deleted(
        self, storage: Storage, spent: SpentRecords, person: Person, now: datetime
    ) -> None:
        def ago(seconds: float) -> datetime:
            return now - timedelta(seconds=KEPT_S + seconds)

        kept = (_told(person, at=ago(_YEAR_S - 60)), _told(person, at=now, deleted_at=ago(-60)))
        gone = (_told(person, at=ago(_YEAR_S + 60)), _told(person, at=now, deleted_at=ago(60)))
        over, open_, young = (
            _escalation(person, at=at, next_at=next_at)
            for at, next_at in (
                (ago(_YEAR_S + 60), None),
                (ago(_YEAR_S + 60), now),
                (ago(_YEAR_S - 60), None),
            )
        )
        async with storage.works.begin(person.tenant_id) as work:
            await work.records(NOTIFICATIONS).add_many([*kept, *gone])
            await work.records(DELIVERIES).add_many([_delivery(one) for one in (*kept, *gone)])
            await work.records(ESCALATIONS).add_many([over, open_, young])
        while await self._purge(spent):
            pass
        async with storage.works.look(person.tenant_id) as look:
            told = await look.records(NOTIFICATIONS).list(limit=LIMIT)
            sent = await look.records(DELIVERIES).list(limit=LIMIT)
            escalated = await look.records(ESCALATIONS).list(limit=LIMIT)
        assert {one.id for one in told} == {one.id for one in kept}
        assert {one.notification_id for one in sent} == {one.id for one in kept}
        assert {one.id for one in escalated} == {open_.id, young.id}

    async def _begun(self, storage: Storage, count: int) -> UUID:
        tenant_id = builders.new_id()
        for number in range(count):
            await storage.inbox.begin(
                tenant_id=tenant_id,
                command_id=COMMAND if number == count - 1 else builders.new_id(),
                content_hash=b"a",
                at=builders.AT,
            )
        return tenant_id

    async def _settle(self, storage: Storage, tenant_id: UUID) -> None:
        settled = await storage.inbox.settle(
            tenant_id=tenant_id, command_id=COMMAND, content_hash=b"a", answer=DONE
        )
        assert settled == DONE

    async def _find(self, storage: Storage, tenant_id: UUID) -> object:
        assert reply_key(COMMAND).startswith("cmd:")
        return await storage.inbox.find(tenant_id=tenant_id, command_id=COMMAND, content_hash=b"a")


def _told(person: Person, *, at: datetime, deleted_at: datetime | None = None) -> Notification:
    return Notification(
        id=builders.new_id(),
        tenant_id=person.tenant_id,
        user_id=person.user_id,
        incident=builders.new_id(),
        type=NotificationType.SYSTEM_ALERT,
        priority=Priority.HIGH,
        at=at,
        last_at=at,
        subject="Orders wait to be sent",
        text="Three orders wait.",
        deleted_at=deleted_at,
    )


def _delivery(told: Notification) -> Delivery:
    return Delivery(
        id=builders.new_id(),
        tenant_id=told.tenant_id,
        user_id=told.user_id,
        notification_id=told.id,
        channel=Channel.IN_APP,
        priority=told.priority,
        state=DeliveryState.SENT,
        due_at=told.at,
        made_at=told.at,
        hour=0,
        done_at=told.at,
    )


def _escalation(person: Person, *, at: datetime, next_at: datetime | None) -> Escalation:
    return Escalation(
        id=builders.new_id(),
        tenant_id=person.tenant_id,
        type=NotificationType.RISK_BREACH,
        at=at,
        subject="Risk limit breached",
        text="It is breached.",
        link="",
        account_id=None,
        notice_id=None,
        next_at=next_at,
    )
