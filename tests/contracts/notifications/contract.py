"""What every sender promises, whoever takes its messages."""

import asyncio
from abc import abstractmethod
from datetime import UTC, datetime
from html import escape
from uuid import UUID, uuid4

import pytest

from domain.identity.notice import Priority
from domain.notifications.message import Message, NotificationType
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sender, Sent
from tests.contracts.contract import Contract
from tests.fakes.provider import Fault, Provider

# Long enough for a loaded machine: only what never answers is waited for so long.
TIMEOUT_S = 3.0
HASTY_S = 0.3
LINK = "https://ballast.example/notifications/1"


def message_of(
    subject: str = "Risk limit broken: MAX_POSITION",
    text: str = "MAX_POSITION is broken.\n\nLimit: 100",
    *,
    id: UUID | None = None,
) -> Message:
    return Message(
        id=id or uuid4(),
        type=NotificationType.RISK_BREACH,
        priority=Priority.HIGH,
        at=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
        subject=subject,
        text=text,
        html=f"<!doctype html><html><body><p>{escape(text)}</p></body></html>",
        link=LINK,
    )


class SenderContract(Contract):
    """Subclasses give the provider, two senders to it, and addresses."""

    # What it cannot reach.
    UNREACHABLE: tuple[str, ...]
    # What may never be told: each lies in what the provider says when it refuses for good.
    CANARIES: tuple[str, ...]

    @pytest.fixture
    @abstractmethod
    def provider(self) -> Provider: ...

    @pytest.fixture
    @abstractmethod
    def sender(self, provider: Provider) -> Sender: ...

    @pytest.fixture
    @abstractmethod
    def hasty(self, provider: Provider) -> Sender: ...

    @pytest.fixture
    @abstractmethod
    def address(self, provider: Provider) -> str: ...

    async def test_a_message_that_is_taken_is_sent_and_arrives_once(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        message = message_of()
        assert isinstance(await sender.send(message, address=address), Sent)
        assert len(provider.taken) == 1
        assert message.subject in provider.taken[0]
        assert "Limit: 100" in provider.taken[0]

    async def test_a_no_for_now_is_worth_another_try_which_then_arrives(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        provider.fault = Fault.BUSY
        no = await sender.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert no.again
        assert no.reason
        assert provider.taken == []
        provider.fault = None
        assert isinstance(await sender.send(message_of(), address=address), Sent)

    async def test_a_no_for_good_is_said_to_be_one_without_any_secret(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        provider.fault = Fault.REFUSING
        no = await sender.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert not no.again
        assert no.reason
        for canary in self.CANARIES:
            assert canary not in no.reason
            assert canary not in repr(sender)
        assert provider.taken == []

    async def test_silence_is_no_yes(self, hasty: Sender, provider: Provider, address: str) -> None:
        provider.fault = Fault.SILENT
        async with asyncio.timeout(TIMEOUT_S * 3):
            no = await hasty.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert no.again

    async def test_a_lost_reply_is_no_yes_and_nothing_is_sent_a_second_time(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        provider.fault = Fault.REPLY_LOST
        no = await sender.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert no.again
        assert len(provider.taken) == 1

    @pytest.mark.parametrize("fault", [Fault.HANGING_UP, Fault.SHUT])
    async def test_a_connection_that_ends_or_never_begins_is_worth_another_try(
        self, sender: Sender, provider: Provider, address: str, fault: Fault
    ) -> None:
        provider.fault = fault
        if fault is Fault.SHUT:
            await provider.shut()
        no = await sender.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert no.again
        assert provider.taken == []
        for canary in self.CANARIES:
            assert canary not in no.reason

    async def test_messages_at_once_arrive_once_each(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        subjects = [f"Message number {number}" for number in range(20)]
        outcomes = await asyncio.gather(
            *(sender.send(message_of(one), address=address) for one in subjects)
        )
        assert all(isinstance(one, Sent) for one in outcomes)
        assert sorted(
            next(line for line in taken.splitlines() if line).split(".")[0]
            for taken in provider.taken
        ) == sorted(subjects)

    async def test_an_address_that_it_cannot_reach_is_refused_and_not_repeated(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        sender.check(address)
        for unreachable in (*self.UNREACHABLE, "", "\r\n", f"{address}\r\nBcc: a@b.example"):
            with pytest.raises(InvalidValue) as refused:
                sender.check(unreachable)
            for canary in self.CANARIES:
                assert canary not in str(refused.value)
            no = await sender.send(message_of(), address=unreachable)
            assert isinstance(no, NotSent)
            assert not no.again
        assert provider.taken == []

    async def test_what_a_message_holds_stays_what_it_says(
        self, sender: Sender, provider: Provider, address: str
    ) -> None:
        hostile = "Subject\r\nBcc: thief@evil.example\r\n\r\n.\r\nDATA&To=+1&x=\x00"
        yes = await sender.send(message_of(hostile, f"{hostile}\n.\nend"), address=address)
        assert isinstance(yes, Sent)
        assert len(provider.taken) == 1
        assert "end" in provider.taken[0]
