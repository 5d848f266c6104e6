"""Ask every member of a consumer group to restart."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.shared.refusals import Absent
from domain.streams.picture import StreamPicture
from ports.consumers import ConsumerRestarts, RestartRequest
from ports.ids import Ids
from ports.time import Clock


class ConsumerNotFound(Absent):
    """No group of that name reads a watched topic."""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """The group's members are not workers of ours: nobody there would hear of it."""

    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartConsumer:
    """Store the request; the members find it, finish what is in hand, commit and join anew."""

    restarts: ConsumerRestarts
    picture: Callable[[], StreamPicture]
    # Our groups are called this, or begin with it and a dot.
    own_group: str
    clock: Clock
    ids: Ids

    async def __call__(
        self, *, group: str, tenant_id: UUID, actor: str, trace_id: str
    ) -> RestartRequest | NotOurs:
        """Return the request; raises ConsumerNotFound."""
        if all(one.name != group for one in self.picture().groups):
            raise ConsumerNotFound(f"no consumer group {group} reads a watched topic")
        if group != self.own_group and not group.startswith(f"{self.own_group}."):
            return NotOurs(group)
        at = self.clock.now()
        request = RestartRequest(id=self.ids.new(), group=group, actor=actor, asked_at=at)
        audit = AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant_id,
            actor=actor,
            action="consumer.restart",
            subject=group,
            at=at,
            trace_id=trace_id,
            detail=(("request_id", str(request.id)),),
        )
        await self.restarts.ask(request, audit=audit)
        return request
