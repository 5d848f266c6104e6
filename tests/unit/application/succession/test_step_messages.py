"""A step counts as told once each owner has its message outside the app, and not before."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.work import MemoryWorks
from application.notifications.context import DELIVERIES, NOTIFICATIONS
from application.succession.step_messages import DeliveredNotices
from domain.identity.notice import Priority
from domain.notifications.message import Channel, NotificationType
from domain.notifications.notification import Delivery, DeliveryState, Notification
from tests.succession_rig import OWNER, START, TENANT, TRUSTEES

NOTICE, OTHERS, MISSING = UUID(int=77), UUID(int=78), UUID(int=79)
SPOUSE = UUID(int=14)
D = DeliveryState
Kept = Sequence[tuple[Channel, DeliveryState]]
INSIDE = [(Channel.IN_APP, D.SENT), (Channel.WEBSOCKET, D.SENT)]
OUTSIDE = [one for one in Channel if one not in (Channel.IN_APP, Channel.WEBSOCKET)]


async def _reached(
    kept: Kept,
    others: Kept | None = None,
    *,
    other: UUID = TRUSTEES[0],
    asked: Sequence[UUID] = (NOTICE,),
    owners: Sequence[UUID] = (OWNER,),
    tenant_id: UUID = TENANT,
) -> bool:
    """Store what became of the owner's message, and of somebody else's, and ask."""
    works = MemoryWorks(MemoryLink(MemoryDatabase()))
    await _keep(works, NOTICE, OWNER, kept)
    if others is not None:
        await _keep(works, OTHERS, other, others)
    messages = DeliveredNotices(works=works)
    return await messages.reached(tenant_id=tenant_id, notice_ids=asked, owners=frozenset(owners))


async def _keep(works: MemoryWorks, notice: UUID, user_id: UUID, kept: Kept) -> None:
    async with works.begin(TENANT) as work:
        await work.records(NOTIFICATIONS).add(
            Notification(
                id=notice,
                tenant_id=TENANT,
                user_id=user_id,
                incident=notice,
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
                    id=UUID(int=notice.int * 100 + place),
                    tenant_id=TENANT,
                    user_id=user_id,
                    notification_id=notice,
                    channel=channel,
                    priority=Priority.HIGH,
                    state=state,
                    due_at=START,
                    made_at=START,
                    hour=0,
                )
            )


@pytest.mark.parametrize("state", [D.QUEUED, D.SENDING, D.FAILED, D.SUPPRESSED])
async def test_mail_that_did_not_arrive_holds_the_clock_though_the_app_has_it(
    state: DeliveryState,
) -> None:
    assert not await _reached([*INSIDE, (Channel.EMAIL, state)])
    assert await _reached([*INSIDE, (Channel.EMAIL, state), (Channel.SMS, D.SENT)])


@pytest.mark.parametrize("channel", OUTSIDE)
async def test_whatever_leads_out_of_the_installation_reaches_the_owner(channel: Channel) -> None:
    assert await _reached([(channel, D.SENT)])


async def test_what_only_the_app_shows_reaches_nobody_who_never_looks() -> None:
    assert not await _reached([])
    assert not await _reached(INSIDE)


async def test_a_trustee_s_mail_says_nothing_of_the_owner_s() -> None:
    mailed = [(Channel.EMAIL, D.SENT)]
    both = (NOTICE, OTHERS)
    assert not await _reached([(Channel.EMAIL, D.FAILED)], mailed, asked=both)
    assert not await _reached(INSIDE, mailed, asked=both)
    assert await _reached(mailed, [(Channel.EMAIL, D.FAILED)], asked=both)


async def test_each_owner_is_waited_for_and_who_is_none_any_more_is_not() -> None:
    mailed, both = [(Channel.EMAIL, D.SENT)], (NOTICE, OTHERS)
    for theirs, reached in ((mailed, True), (INSIDE, False)):
        told = await _reached(mailed, theirs, other=SPOUSE, asked=both, owners=(OWNER, SPOUSE))
        assert told is reached
    assert await _reached(mailed, INSIDE, other=SPOUSE, asked=both, owners=(OWNER,))
    assert not await _reached(mailed, asked=(NOTICE,), owners=())


async def test_what_is_not_taken_in_yet_is_not_delivered() -> None:
    mailed = [(Channel.EMAIL, D.SENT)]
    assert not await _reached(mailed, asked=[MISSING])
    assert not await _reached(mailed, asked=[NOTICE, MISSING])
    assert not await _reached(mailed, asked=[])
    assert not await _reached(mailed, tenant_id=UUID(int=2))
