"""Hand committed signals to those who act on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.notices import Notice
from ports.signals import PUBLISHED, Signal, SignalStream, SignalsUnavailable
from ports.streams import StreamUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardSignals:
    """Put every signal that was committed on the stream of signals (port EventSink).

    The relay hands them over at least once, in their order, from where it stood.
    """

    stream: SignalStream

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Put the signals among these in line; raises StreamUnavailable."""
        found = [
            Signal(
                id=UUID(one.subject),
                tenant_id=one.tenant_id,
                source=one.body["source"],
                at=one.at,
                body=dict(one.body),
            )
            for one in notices
            if one.type == PUBLISHED
        ]
        if not found:
            return
        try:
            await self.stream.add(found)
        except SignalsUnavailable as problem:
            raise StreamUnavailable(f"signals: {problem}") from problem
