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
