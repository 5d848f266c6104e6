"""A step reached somebody once a provider took a message, or where nothing leads out."""

from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.work import MemoryWorks
from application.notifications.context import DELIVERIES, NOTIFICATIONS
from application.succession.step_messages import DeliveredNotices
from domain.identity.notice import Priority
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Delivery, DeliveryState, Notification
from tests.succession_rig import OWNER, START, TENANT

NOTICE = UUID(int=77)
D = DeliveryState
Kept = list[tuple[Channel, DeliveryState]]


async def _delivered(kept: Kept, *, asked: UUID = NOTICE, tenant_id: UUID = TENANT) -> bool:
    works = MemoryWorks(MemoryLink(MemoryDatabase()))
    async with works.begin(TENANT) as work:
        await work.records(NOTIFICATIONS).add(
            Notification(
                id=NOTICE,
                tenant_id=TENANT,
                user_id=OWNER,
                incident=NOTICE,
                type=NotificationType.SUCCESSION,
                priority=Priority.HIGH,
                at=START,
                last_at=START,
                subject="Please check in",
                text="Press the button.",
            )
        )
        for place, (channel, state) in enumerate(kept):
            await work.records(DELIVERIES).add(
                Delivery(
                    id=UUID(int=100 + place),
                    tenant_id=TENANT,
                    user_id=OWNER,
                    notification_id=NOTICE,
                    channel=channel,
                    priority=Priority.HIGH,
                    state=state,
                    due_at=START,
                    made_at=START,
                    hour=0,
                )
            )
    messages = DeliveredNotices(works=works)
    return await messages.delivered(tenant_id=tenant_id, notice_ids=[asked])


@pytest.mark.parametrize("state", [D.QUEUED, D.SENDING, D.FAILED])
async def test_mail_that_did_not_arrive_holds_the_clock_though_the_app_has_it(
    state: DeliveryState,
) -> None:
    inside = [(Channel.IN_APP, D.SENT), (Channel.WEBSOCKET, D.SENT)]
    assert not await _delivered([*inside, (Channel.EMAIL, state)])
    assert await _delivered([*inside, (Channel.EMAIL, state), (Channel.SMS, D.SENT)])


async def test_where_nothing_leads_out_what_is_kept_in_the_app_counts() -> None:
    assert await _delivered([(Channel.IN_APP, D.SENT)])
    assert await _delivered([(Channel.IN_APP, D.SENT), (Channel.EMAIL, D.SUPPRESSED)])


async def test_what_nobody_was_told_yet_is_not_delivered() -> None:
    assert not await _delivered([], asked=UUID(int=78))
    assert not await _delivered([(Channel.EMAIL, D.SENT)], tenant_id=UUID(int=2))
