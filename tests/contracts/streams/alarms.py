"""What every adapter of StandingAlarms and ConsumerRestarts promises."""

import asyncio
from dataclasses import replace

from domain.streams.alarms import Alarm, AlarmKind
from ports.consumers import RestartRequest
from tests import builders
from tests.contracts.storage import Storage, StorageContract

LAG = Alarm(
    kind=AlarmKind.LAG,
    subject="ballast.commands",
    value=2_500.0,
    threshold=2_000.0,
    raised_at=builders.AT,
)


class StandingAlarmsContract(StorageContract):
    async def test_an_alarm_stands_until_it_is_removed(self, storage: Storage) -> None:
        latency = replace(LAG, kind=AlarmKind.LATENCY, value=201.5, raised_at=builders.later(1).at)
        for alarm in (latency, LAG):
            assert await storage.stream_alarms.add(alarm, notices=[])
        assert list(await storage.stream_alarms.all()) == [LAG, latency]
        assert await storage.stream_alarms.remove(LAG, notices=[])
        assert list(await storage.stream_alarms.all()) == [latency]

    async def test_of_many_who_see_the_same_one_tells_every_tenant(self, storage: Storage) -> None:
        tenants = [builders.tenant() for _ in range(3)]
        for tenant in tenants:
            await storage.add_tenant(tenant)

        async def tell(type: str) -> bool:
            notices = [
                builders.notice(tenant_id=one.id, sequence=0, channel="streams", type=type)
                for one in tenants
            ]
            if type == "alarm.raised":
                return await storage.stream_alarms.add(LAG, notices=notices)
            return await storage.stream_alarms.remove(LAG, notices=notices)

        for change in ("alarm.raised", "alarm.cleared"):
            told = await asyncio.gather(*(tell(change) for _ in range(4)))
            assert sorted(told) == [False, False, False, True]
        for tenant in tenants:
            found = await storage.journal.replay(
                tenant_id=tenant.id,
                account_id=None,
                channel="streams",
                after_sequence=0,
                limit=10,
            )
            assert [(one.sequence, one.type) for one in found] == [
                (1, "alarm.raised"),
                (2, "alarm.cleared"),
            ]


class ConsumerRestartsContract(StorageContract):
    async def test_the_latest_request_of_a_group_counts(self, storage: Storage) -> None:
        tenant = builders.tenant()
        await storage.add_tenant(tenant)
        assert await storage.consumer_restarts.latest(group="ballast.commands") is None
        requests = [
            RestartRequest(id=builders.new_id(), group=group, actor="user:1", asked_at=builders.AT)
            for group in ("ballast.commands", "ballast.commands", "ballast.other")
        ]
        for request in requests:
            await storage.consumer_restarts.ask(
                request, audit=builders.audit(tenant_id=tenant.id, action="consumer.restart")
            )
        assert await storage.consumer_restarts.latest(group="ballast.commands") == requests[1]
        assert len(await storage.audits(tenant.id)) == 3

    async def test_the_first_member_to_be_back_settles_a_request(self, storage: Storage) -> None:
        tenant = builders.tenant()
        await storage.add_tenant(tenant)
        request = RestartRequest(
            id=builders.new_id(), group="ballast.commands", actor="user:1", asked_at=builders.AT
        )
        await storage.consumer_restarts.ask(
            request, audit=builders.audit(tenant_id=tenant.id, action="consumer.restart")
        )
        for seconds in (1, 2):
            await storage.consumer_restarts.done(
                request_id=request.id, at=builders.later(seconds).at
            )
        found = await storage.consumer_restarts.latest(group="ballast.commands")
        assert found == replace(request, done_at=builders.later(1).at)
