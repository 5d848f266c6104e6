"""What every adapter of Inbox promises."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from ports.accounts import Stale, StaleCause
from ports.inbox import Begun, CommandAnswer, Inbox, OtherContent, reply_key
from tests import builders
from tests.contracts.storage import Storage, StorageContract

TENANT = UUID("01900000-0000-7000-8000-000000000001")
OTHER_TENANT = UUID("01900000-0000-7000-8000-000000000002")
COMMAND = UUID("01900000-0000-7000-8000-00000000000a")
DONE = CommandAnswer(status=200, body=b'{"outcome":"done"}')
LATER = CommandAnswer(status=409, body=b'{"outcome":"refused"}')


class InboxContract(StorageContract):
    """Over an empty inbox, and the books whose answers it shares."""

    @pytest.fixture
    def inbox(self, storage: Storage) -> Inbox:
        return storage.inbox

    async def _begin(
        self, inbox: Inbox, *, content: bytes = b"a", tenant_id: UUID = TENANT, later_s: float = 0
    ) -> Begun | CommandAnswer | OtherContent:
        return await inbox.begin(
            tenant_id=tenant_id,
            command_id=COMMAND,
            content_hash=content,
            at=builders.AT + timedelta(seconds=later_s),
        )

    async def _settle(
        self,
        inbox: Inbox,
        answer: CommandAnswer,
        *,
        content: bytes = b"a",
        tenant_id: UUID = TENANT,
    ) -> CommandAnswer | OtherContent:
        return await inbox.settle(
            tenant_id=tenant_id, command_id=COMMAND, content_hash=content, answer=answer
        )

    async def _find(
        self, inbox: Inbox, *, content: bytes = b"a", tenant_id: UUID = TENANT
    ) -> Begun | CommandAnswer | OtherContent | None:
        return await inbox.find(tenant_id=tenant_id, command_id=COMMAND, content_hash=content)

    async def test_a_command_is_begun_at_the_first_time_for_ever(self, inbox: Inbox) -> None:
        assert await self._begin(inbox) == Begun(at=builders.AT)
        assert await self._begin(inbox, later_s=60) == Begun(at=builders.AT)

    async def test_a_command_nobody_began_is_not_known(self, inbox: Inbox) -> None:
        assert await self._find(inbox) is None

    async def test_a_begun_command_is_known_as_begun(self, inbox: Inbox) -> None:
        await self._begin(inbox)
        assert await self._find(inbox) == Begun(at=builders.AT)
        assert await self._find(inbox, content=b"b") == OtherContent()

    async def test_the_first_answer_holds(self, inbox: Inbox) -> None:
        assert await self._settle(inbox, DONE) == DONE
        assert await self._settle(inbox, LATER) == DONE
        assert await self._find(inbox) == DONE
        assert await self._begin(inbox) == DONE

    async def test_an_answer_needs_no_beginning(self, inbox: Inbox) -> None:
        assert await self._settle(inbox, DONE) == DONE

    async def test_other_content_under_the_id_is_told_apart(self, inbox: Inbox) -> None:
        await self._begin(inbox)
        assert await self._begin(inbox, content=b"b") == OtherContent()
        await self._settle(inbox, DONE)
        assert await self._begin(inbox, content=b"b") == OtherContent()
        assert await self._find(inbox, content=b"b") == OtherContent()
        assert await self._settle(inbox, LATER, content=b"b") == OtherContent()

    async def test_tenants_have_ids_of_their_own(self, inbox: Inbox) -> None:
        await self._begin(inbox)
        await self._settle(inbox, DONE)
        assert await self._find(inbox, tenant_id=OTHER_TENANT) is None
        begun = await self._begin(inbox, content=b"b", tenant_id=OTHER_TENANT)
        assert begun == Begun(at=builders.AT)
        assert await self._settle(inbox, LATER, content=b"b", tenant_id=OTHER_TENANT) == LATER

    async def test_of_many_answers_at_once_all_are_told_the_same(self, inbox: Inbox) -> None:
        answers = [CommandAnswer(status=200, body=str(number).encode()) for number in range(20)]
        told = await asyncio.gather(*(self._settle(inbox, one) for one in answers))
        assert len({one.body for one in told if isinstance(one, CommandAnswer)}) == 1

    async def test_an_answer_stored_with_a_book_is_the_commands(self, storage: Storage) -> None:
        book = await storage.opened()
        reply = Reply(key=reply_key(COMMAND), request_hash=b"a", status=200, body=DONE.body)
        await storage.store(_answered(book, reply))
        tenant_id = book.account.tenant_id
        assert await self._find(storage.inbox, tenant_id=tenant_id) == DONE
        assert await self._settle(storage.inbox, LATER, tenant_id=tenant_id) == DONE

    async def test_an_answer_in_the_inbox_keeps_a_books_change_out(self, storage: Storage) -> None:
        book = await storage.opened()
        await self._settle(storage.inbox, LATER, tenant_id=book.account.tenant_id)
        reply = Reply(key=reply_key(COMMAND), request_hash=b"a", status=200, body=DONE.body)
        stored = await storage.books.commit(_answered(book, reply))
        assert stored == Stale(StaleCause.REPLIED)
        account = book.account
        version = await storage.books.version(tenant_id=account.tenant_id, account_id=account.id)
        assert version == 0


def _answered(book: AccountBook, reply: Reply) -> BookChange:
    change = builders.accept(builders.order(book.account), on=book)
    return builders.amended(change, replies=(reply,))
