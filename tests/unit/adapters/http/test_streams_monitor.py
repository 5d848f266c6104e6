"""The streams' health and the agents over HTTP."""

from uuid import UUID, uuid4

import httpx
import pytest

from application.streams.channels import StreamChannel
from application.streams.facade import ChannelNotFound
from bootstrap.areas import stream_monitor
from bootstrap.container import compose
from bootstrap.settings.sections import Settings
from domain.agents.agent import Heartbeat, ReportedState
from tests.memory import database_of
from tests.unit.adapters.http.context import SHARED, Context

STREAMS = "/api/v1/streams"
AGENTS = "/api/v1/agents"
TOPIC = "ballast.commands.v1"


async def look(context: Context) -> None:
    watch = context.stream_monitor.watch
    assert watch is not None
    await watch.look()


async def beat(context: Context, name: str, *, tenant_id: UUID | None = None) -> None:
    await context.agents.facade.hear(
        Heartbeat(
            tenant_id=tenant_id or context.founded.tenant.id,
            agent_id=name,
            account_id=context.account_id,
            kind="strategy",
            at=context.clock.now(),
            sequence=1,
            state=ReportedState.RUNNING,
            version="1.0",
        )
    )


async def test_topics_groups_and_alarms_are_shown(
    context: Context, client: httpx.AsyncClient
) -> None:
    context.log.make_topic(TOPIC)
    context.log.produce(TOPIC, count=2_500, delay_ms=3)
    context.log.commit("ballast.commands", topic=TOPIC, offset=100)
    await look(context)
    shown = (await client.get(STREAMS)).json()
    assert (shown["configured"], shown["reachable"], shown["detail"]) == (True, True, "")
    (topic,) = shown["topics"]
    assert (topic["name"], topic["partitions"], topic["under_replicated"]) == (TOPIC, 1, 0)
    assert topic["latency"] == {"p50_ms": 3.0, "p99_ms": 3.0, "max_ms": 3.0, "samples": 1_000}
    (alarm,) = shown["alarms"]
    assert (alarm["kind"], alarm["subject"], alarm["value"]) == ("lag", "ballast.commands", 2_400)
    (group,) = (await client.get(f"{STREAMS}/consumers")).json()["items"]
    assert (group["group"], group["lag"], group["status"]) == ("ballast.commands", 2_400, "OK")
    assert group["partitions"][0]["committed"] == 100
    assert group["restart"] is None


async def test_a_consumer_is_asked_to_restart_once_per_key(
    context: Context, client: httpx.AsyncClient
) -> None:
    context.log.make_topic(TOPIC)
    context.log.commit("ballast.commands", topic=TOPIC, offset=0)
    context.log.commit("strangers", topic=TOPIC, offset=0)
    await look(context)
    path = f"{STREAMS}/consumers/ballast.commands/restart"
    headers = {"Idempotency-Key": "again"}
    first = await client.post(path, headers=headers)
    assert first.status_code == 202
    second = await client.post(path, headers=headers)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    listed = (await client.get(f"{STREAMS}/consumers")).json()["items"]
    assert listed[0]["restart"] == first.json()
    refused = await client.post(f"{STREAMS}/consumers/strangers/restart")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-ours")
    absent = await client.post(f"{STREAMS}/consumers/nobody/restart")
    assert absent.status_code == 404
    audited = database_of(context.storage.users).audit
    assert sum(one.action == "consumer.restart" for one in audited) == 1


async def test_agents_are_listed_paused_and_resumed(
    context: Context, client: httpx.AsyncClient
) -> None:
    for name in ("b", "a", "c"):
        await beat(context, name)
    names: list[str] = []
    cursor = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(AGENTS, params=query)).json()
        names += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["a", "b", "c"]
    paused = await client.post(f"{AGENTS}/a/pause", headers={"Idempotency-Key": "p"})
    assert (paused.status_code, paused.json()["desired"]) == (200, "paused")
    shown = (await client.get(f"{AGENTS}/a")).json()
    assert shown == paused.json()
    assert shown["account_id"] == str(context.account_id)
    resumed = await client.post(f"{AGENTS}/a/resume")
    assert resumed.json()["desired"] == "running"
    # The pause of before, told again, pauses nothing anew.
    assert (
        await client.post(f"{AGENTS}/a/pause", headers={"Idempotency-Key": "p"})
    ).json() == shown
    assert (await client.get(f"{AGENTS}/a")).json()["desired"] == "running"


async def test_anothers_agent_is_not_found(context: Context, client: httpx.AsyncClient) -> None:
    await beat(context, "theirs", tenant_id=uuid4())
    assert (await client.get(AGENTS)).json()["items"] == []
    for method, path in (("GET", ""), ("POST", "/pause"), ("POST", "/resume")):
        answer = await client.request(method, f"{AGENTS}/theirs{path}")
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"


@SHARED
@pytest.mark.parametrize("path", [f"{STREAMS}", f"{STREAMS}/consumers", AGENTS, f"{AGENTS}/a"])
async def test_nothing_is_shown_without_a_token(calm: Context, path: str) -> None:
    async with calm.client(None) as client:
        assert (await client.get(path)).status_code == 401


@SHARED
@pytest.mark.parametrize("cursor", ["!", "a", "____", "w7w"])
async def test_a_cursor_that_is_not_ours_is_refused_or_leads_nowhere(
    calm: Context, calm_client: httpx.AsyncClient, cursor: str
) -> None:
    answer = await calm_client.get(AGENTS, params={"cursor": cursor})
    assert answer.status_code == 400


async def test_without_kafka_everything_answers(context: Context) -> None:
    parts = compose(Settings(), bare_storage=context.storage).of(stream_monitor.build)
    assert parts.watch is None
    picture = parts.facade.picture()
    assert (picture.configured, picture.reachable, picture.topics) == (False, False, ())
    assert picture.detail == "no Kafka is configured"


async def test_alarms_and_agents_have_channels_of_the_tenant(context: Context) -> None:
    tenant_id = context.founded.tenant.id
    await beat(context, "a")
    streams = context.facades.streams
    snapshot = await streams.snapshot(
        tenant_id=tenant_id, account_id=None, channel=StreamChannel.AGENTS
    )
    assert snapshot.sequence == 1
    with pytest.raises(ChannelNotFound):
        await streams.snapshot(
            tenant_id=tenant_id, account_id=context.account_id, channel=StreamChannel.STREAMS
        )
