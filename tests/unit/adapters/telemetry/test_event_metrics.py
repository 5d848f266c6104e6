"""Events are counted by what they tell, and never by whose they are."""

from dataclasses import replace

from prometheus_client import generate_latest

from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from domain.shared.notices import own_channel
from tests import builders


async def test_what_users_hear_for_themselves_is_counted_together() -> None:
    metrics = Metrics(health=HealthBoard(clock=ManualClock(builders.AT)))
    for user_id in (builders.new_id(), builders.new_id()):
        channel = own_channel("notices", user_id=user_id)
        await metrics.told(
            replace(
                builders.notice(tenant_id=builders.new_id(), sequence=1),
                channel=channel,
                type="notice.new_device",
            )
        )
    told = generate_latest(metrics.registry).decode()
    assert 'ballast_events_total{channel="notices",type="notice.new_device"} 2.0' in told
    assert "notices:" not in told


async def test_an_order_of_a_strategy_is_counted_by_the_decision_that_sent_it() -> None:
    metrics = Metrics(health=HealthBoard(clock=ManualClock(builders.AT)))
    for action in ("order", "shadow", "none", "order"):
        one = builders.notice(tenant_id=builders.new_id(), sequence=1)
        await metrics.told(replace(one, type="strategy.decided", body={"action": action}))
    told = generate_latest(metrics.registry).decode()
    assert "ballast_orders_generated_total 2.0" in told
