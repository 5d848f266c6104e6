"""Build what tells people: what takes facts in, sends, repeats, and what people ask of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from adapters.http.notifications.cases import CASES
from adapters.http.notifications.routes import (
    NotificationUseCases,
    notification_routes,
)
from adapters.telemetry.event_logs import when_told
from application.notifications.context import NotifyContext
from application.notifications.deliver import Deliver
from application.notifications.escalate import Escalate
from application.notifications.inbox import Inbox
from application.notifications.keep_channels import KeepChannels
from application.notifications.keep_preferences import KeepPreferences
from application.notifications.take_in import TakeIn
from application.shared.change import Changes
from application.shared.readable import ToldOnce
from application.streams.relay import Relay
from application.succession.answer_link import SuccessionLinks
from application.succession.context import LINK_PATH
from application.succession.facade import SuccessionUseCases
from bootstrap.area import Area, of_role
from bootstrap.areas.identity import IdentityParts
from bootstrap.areas.secrets import SecretsParts
from bootstrap.notifications.senders import build_senders
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.notifications.address import ChannelAddress
from domain.notifications.message import Channel
from ports.accounts import AccountDirectory
from ports.notifications import Sender

log = structlog.get_logger(__name__)

# Under this name the journal knows how far facts have become notifications.
READER = "notifications"
# Nobody reads as fast as orders come: gathered, a fact costs the database little.
_PACE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationParts:
    """The use cases, and what works behind them."""

    use_cases: NotificationUseCases
    feed: Relay
    deliver: Deliver
    escalate: Escalate


def build(
    *,
    changes: Changes,
    storage: Storage,
    system: System,
    wakeups: Wakeups,
    jobs: Jobs,
    identity: IdentityParts,
    secrets: SecretsParts,
    senders: Mapping[Channel, Sender],
    succession: SuccessionUseCases,
) -> NotificationParts:
    """Build the parts; facts are read behind the others' backs, by a cursor of their own."""
    context = NotifyContext(
        changes=changes,
        identity=storage.identity,
        members=storage.members,
        senders=senders,
        vault=secrets.vault,
        sealed=storage.sealed,
        sleeper=system.sleeper,
        on_failure=_unsent,
        on_unreadable=ToldOnce(when_told.error("notifications.unreadable", "record", "problem")),
        personal_link=_personal(succession.links),
    )
    deliver = Deliver(context=context)
    unescalated = when_told.error("notifications.unescalated", "incident", "problem")
    return NotificationParts(
        use_cases=NotificationUseCases(
            inbox=Inbox(context=context, notices=identity.facade.notices),
            preferences=KeepPreferences(context=context),
            channels=KeepChannels(context=context, randomness=system.randomness),
        ),
        feed=Relay(
            journal=storage.journal,
            stream=TakeIn(
                context=context,
                users=storage.users,
                wake=deliver.wake,
                accounts=_names(storage.directory),
            ),
            wakeup=wakeups.notifications,
            sleeper=system.sleeper,
            reader=READER,
            pace_s=_PACE_S,
            # What was committed before there were notifications is nobody's news.
            from_now=True,
            fence=jobs.fence(Role.WATCH),
        ),
        deliver=deliver,
        escalate=Escalate(
            context=context,
            wake=deliver.wake,
            on_failure=unescalated,
        ),
    )


def _senders(*, settings: Settings, system: System) -> Mapping[Channel, Sender]:
    return build_senders(settings.notifications, clock=system.clock)


def _personal(links: SuccessionLinks) -> Callable[[ChannelAddress, str], Awaitable[str]]:
    """Return what puts a token, kept nowhere, into a link that asks something of a person."""

    async def personal(to: ChannelAddress, link: str) -> str:
        if not link.startswith(LINK_PATH):
            return link
        made = await links.path(tenant_id=to.tenant_id, user_id=to.user_id, link=link)
        return made or ""

    return personal


def _names(
    directory: AccountDirectory,
) -> Callable[[UUID, frozenset[UUID]], Awaitable[Mapping[UUID, str]]]:
    """Return what answers the names of accounts."""

    async def names(tenant_id: UUID, accounts: frozenset[UUID]) -> Mapping[UUID, str]:
        found = await directory.accounts(tenant_id=tenant_id, among=accounts)
        return {one.id: one.name for one in found}

    return names


def _unsent(channel: Channel, problem: Exception) -> None:
    log.error("notifications.unsent", channel=channel.value, problem=type(problem).__name__)


AREA = Area(
    name="notifications",
    sentence="What people are told, on the channels that they chose, until it has arrived.",
    builds={"senders": _senders, "notifications": build},
    routes=lambda parts: (notification_routes(parts.of(build).use_cases, keys=parts.storage.keys),),
    parameters=frozenset({"notification_id", "preference_id", "channel_id"}),
    cases=CASES,
    tasks=(
        of_role(Role.WATCH, "notification_feed", lambda parts: parts.of(build).feed),
        of_role(
            Role.WATCH, "notifications", lambda parts: parts.of(build).deliver.run, required=False
        ),
        of_role(
            Role.WATCH, "escalations", lambda parts: parts.of(build).escalate.run, required=False
        ),
    ),
)
