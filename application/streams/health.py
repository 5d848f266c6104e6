"""Answer for the health of the streams: the picture, and restarts of consumers."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.streams.restart_consumer import NotOurs, RestartConsumer
from domain.streams.picture import StreamPicture
from ports.consumers import ConsumerRestarts, RestartRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHealthUseCases:
    """Everything that can be asked of the streams' health."""

    picture_now: Callable[[], StreamPicture]
    restarts: ConsumerRestarts
    restart_consumer: RestartConsumer

    def picture(self) -> StreamPicture:
        """Return what the latest look brought."""
        return self.picture_now()

    async def latest_restart(self, *, group: str) -> RestartRequest | None:
        """Return the latest request to restart a group."""
        return await self.restarts.latest(group=group)

    async def restart(
        self, *, group: str, tenant_id: UUID, actor: str, trace_id: str
    ) -> RestartRequest | NotOurs:
        """Ask a group's members to restart; raises ConsumerNotFound."""
        return await self.restart_consumer(
            group=group, tenant_id=tenant_id, actor=actor, trace_id=trace_id
        )
