"""Answer as a provider of messages does that obeys the test."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from domain.notifications.message import Message
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sent

SENT = Sent(reference="taken")
LATER = NotSent(reason="try later", again=True)
NEVER = NotSent(reason="no such mailbox", again=False)


@dataclass(slots=True)
class ScriptedSender:
    """A provider that answers as it is told, SENT where nothing is left to be told."""

    answers: deque[Sent | NotSent] = field(default_factory=deque)
    taken: list[tuple[Message, str]] = field(default_factory=list)
    asked: list[tuple[Message, str]] = field(default_factory=list)
    took: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self, address: str) -> None:
        """Refuse an empty address, and one that says so."""
        if "nowhere" in address:
            raise InvalidValue(field="address", problem="leads nowhere")

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Answer as told."""
        self.asked.append((message, address))
        answer = self.answers.popleft() if self.answers else SENT
        if isinstance(answer, Sent):
            self.taken.append((message, address))
            self.took.set()
        return answer

    @property
    def subjects(self) -> list[str]:
        """What was taken, in order."""
        return [message.subject for message, _ in self.taken]
